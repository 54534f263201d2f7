"""Signed notes and the checkpoints within them, in the formats C2SP `signed-note` and `tlog-checkpoint`.

A note is a text, an empty line and a line a signature: `— name base64(key id ‖ signature)`. A checkpoint's text is
its origin, how many entries it covers, the root in base64, and lines of extension; ours is the instant.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from graphs.merkle import HASH_BYTES

ED25519 = b"\x01"
ID_BYTES = 4
DASH = "\u2014"
NAME = re.compile(r"[^\s+]+")
SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
TIME = "time "


class NoteInvalid(ValueError):
    """A text that is no signed note, checkpoint or verifier key, or that its key has not signed."""


def key_id(name: str, public_key: bytes) -> bytes:
    """What a signature line names its key by."""
    return hashlib.sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:ID_BYTES]


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A named public key: what an outsider must have from us."""

    name: str
    public_key: bytes

    @classmethod
    def read(cls, text: str) -> VerifierKey:
        """The key as it is handed out: `name+id+base64`. Raises `NoteInvalid`."""
        parts = text.strip().split("+", 2)
        if len(parts) != 3 or not NAME.fullmatch(parts[0]):
            raise NoteInvalid("a verifier key has the form name+id+base64")
        key = _decoded(parts[2])
        if key[:1] != ED25519 or len(key) != 33:
            raise NoteInvalid("the verifier key is not of the kind Ed25519")
        if key_id(parts[0], key[1:]).hex() != parts[1]:
            raise NoteInvalid("the verifier key's id does not belong to it")
        return cls(name=parts[0], public_key=key[1:])

    @property
    def text(self) -> str:
        """The key as it is handed out."""
        found = base64.b64encode(ED25519 + self.public_key).decode()
        return f"{self.name}+{key_id(self.name, self.public_key).hex()}+{found}"

    def opened(self, note: str) -> str:
        """The text of a note that this key has signed. Raises `NoteInvalid`."""
        text, separator, signatures = note.rpartition("\n\n")
        if not separator or not signatures.endswith("\n"):
            raise NoteInvalid("this is no signed note: a text, an empty line, and a signature")
        text += "\n"
        for line in signatures[:-1].split("\n"):
            name, signature = _signature(line)
            if name == self.name and signature[:ID_BYTES] == key_id(name, self.public_key):
                try:
                    Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature[ID_BYTES:], text.encode())
                except InvalidSignature as error:
                    raise NoteInvalid(f"the signature of {name} does not fit the note") from error
                return text
        raise NoteInvalid(f"the note has no signature of {self.name} by this key")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """The installation's private key. Each tenant's trail is a log with a name of its own."""

    key: Ed25519PrivateKey

    @classmethod
    def read(cls, pem: bytes) -> Signer:
        """The key of a PEM file. Raises `ValueError`."""
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the key is not of the kind Ed25519")
        return cls(key=key)

    @property
    def public_key(self) -> bytes:
        """The public half."""
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def origin(self, tenant: str) -> str:
        """The name of a tenant's log, which no other installation has."""
        return f"interlock-{hashlib.sha256(self.public_key).hexdigest()[:8]}/{tenant}"

    def verifier_key(self, tenant: str) -> VerifierKey:
        """What verifies the notes of a tenant's log."""
        return VerifierKey(name=self.origin(tenant), public_key=self.public_key)

    def signed(self, tenant: str, text: str) -> str:
        """The note of a text, which ends in a newline."""
        name = self.origin(tenant)
        signature = base64.b64encode(key_id(name, self.public_key) + self.key.sign(text.encode())).decode()
        return f"{text}\n{DASH} {name} {signature}\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A tree head: `root` is the Merkle root over the first `size` entries, as it was `at` that instant."""

    origin: str
    size: int
    root: bytes
    at: datetime

    @classmethod
    def read(cls, text: str) -> Checkpoint:
        """The checkpoint of an opened note. Raises `NoteInvalid`."""
        lines = text.split("\n")
        if len(lines) != 5 or lines[4] or not NAME.fullmatch(lines[0]) or not SIZE.fullmatch(lines[1]):
            raise NoteInvalid("a checkpoint says origin, size, root and time, a line each")
        root = _decoded(lines[2])
        if len(root) != HASH_BYTES or not lines[3].startswith(TIME):
            raise NoteInvalid("a checkpoint says origin, size, root and time, a line each")
        try:
            at = datetime.fromisoformat(lines[3].removeprefix(TIME))
        except ValueError as error:
            raise NoteInvalid("the checkpoint's time is none") from error
        return cls(origin=lines[0], size=int(lines[1]), root=root, at=at)

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n{TIME}{self.at.isoformat(timespec='microseconds')}\n"


def new_key() -> str:
    """A new private key as PEM (PKCS 8, not encrypted)."""
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def _signature(line: str) -> tuple[str, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != DASH or not NAME.fullmatch(parts[1]):
        raise NoteInvalid("a line of the note's signatures is none")
    return parts[1], _decoded(parts[2])


def _decoded(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteInvalid("this is not base64") from error
    if base64.b64encode(found).decode() != text:
        raise NoteInvalid("this is not the one base64 form")
    return found

"""Forgers of dossiers: the clumsy, who changes a file, and the able, who rebuilds the whole trail and signs it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from graphs.dossier_archive import STATEMENT
from graphs.dossier_proofs import DossierProofs
from graphs.merkle import Frontier, leaf_hash
from graphs.signed_note import Checkpoint, Signer
from policies.canonical import canonical_json
from tests.support.trail import SIGNER
from tools.clock import utc_now

Files = dict[str, bytes]
Entries = list[dict[str, Any]]
GENESIS = "0" * 64
LEAF = ("actor", "at", "case", "commitments", "kind", "seq", "step", "tenant")


def read(folder: Path) -> Files:
    """The files of a dossier by their path."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def write(files: Files, folder: Path) -> Path:
    """The files below a folder."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def entries_of(files: Files) -> Entries:
    """The entries of a dossier."""
    return [json.loads(line) for line in files["events.jsonl"].splitlines()]


def lines(entries: Entries) -> bytes:
    """Entries as `events.jsonl` has them."""
    return b"".join(canonical_json(entry) + b"\n" for entry in entries)


# What is done to the entries


def edit_value(entries: Entries, random: Random) -> None:
    """Write another value, wherever one is."""
    entry = random.choice([entry for entry in entries if any(entry["values"].values())])
    name = random.choice(sorted(name for name, value in entry["values"].items() if value))
    entry["values"][name]["value"] = changed(entry["values"][name]["value"], random)


def changed(value: Any, random: Random) -> Any:
    """Another value of the same form, however deep."""
    match value:
        case dict() if value:
            name = random.choice(sorted(value))
            return {**value, name: changed(value[name], random)}
        case list() if value:
            place = random.randrange(len(value))
            return [*value[:place], changed(value[place], random), *value[place + 1 :]]
        case bool():
            return not value
        case int() | float():
            return value + random.choice((-1, 1, 1000))
        case str():
            return value + random.choice("xyz")
        case _:
            return f"made up {random.randrange(1000)}"


def edit_field(entries: Entries, random: Random) -> None:
    """Say something else about who did what, when and where."""
    entry = random.choice(entries)
    name = random.choice(("actor", "kind", "step", "case", "at"))
    other = "2026-01-01T00:00:00.000000+00:00" if name == "at" else f"{entry[name] or ''}x"
    entry[name] = other


def edit_visit(entries: Entries, random: Random) -> None:
    """Number a visit otherwise."""
    entry = random.choice([entry for entry in entries if entry["visit"]])
    entry["visit"] += random.randrange(1, 5)


def delete(entries: Entries, random: Random) -> None:
    """Leave an entry out."""
    del entries[random.randrange(len(entries))]


def swap(entries: Entries, random: Random) -> None:
    """Tell two things in the other order."""
    first, second = random.sample(range(len(entries)), 2)
    entries[first], entries[second] = entries[second], entries[first]


def truncate(entries: Entries, random: Random) -> None:
    """Cut off the end."""
    del entries[random.randrange(1, len(entries)) :]


def insert(entries: Entries, random: Random) -> None:
    """Tell something that never happened."""
    place = random.randrange(len(entries))
    entries.insert(place, {**json.loads(json.dumps(random.choice(entries))), "actor": "somebody"})


def erase(entries: Entries, random: Random) -> None:
    """Take a value out, and its commitment with it."""
    entry = random.choice([entry for entry in entries if entry["values"]])
    name = random.choice(sorted(entry["values"]))
    del entry["values"][name]
    entry["commitments"].pop(name)


REWRITINGS: tuple[Callable[[Entries, Random], None], ...] = (
    edit_value, edit_field, edit_visit, delete, swap, truncate, insert, erase,
)  # fmt: skip


# What is done to make it look right


def rehashed(entries: Entries) -> Entries:
    """The entries numbered anew, with fitting commitments and hashes."""
    before = GENESIS
    for number, entry in enumerate(entries, start=1):
        entry["seq"], entry["previous_hash"] = number, before
        for name, value in entry["values"].items():
            if value:
                text = bytes.fromhex(value["salt"]) + canonical_json(value["value"])
                entry["commitments"][name] = hashlib.sha256(text).hexdigest()
        leaf = {name: entry[name] for name in LEAF} | ({"visit": entry["visit"]} if entry["visit"] is not None else {})
        hashed = hashlib.sha256(bytes.fromhex(before) + hashlib.sha256(canonical_json(leaf)).digest())
        before = entry["hash"] = hashed.hexdigest()
    return entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Forger:
    """Rebuilds a dossier of a whole trail so that all of it fits together, signed by a key."""

    signer: Signer
    tenant: str = "acme"

    def rebuilt(self, files: Files, entries: Entries, *, sizes: Sequence[int] = ()) -> Files:
        """The dossier of these entries as if they were the trail."""
        entries = rehashed(entries)
        leaves = [leaf_hash(bytes.fromhex(entry["hash"])) for entry in entries]
        size = len(leaves)
        kept = {name: files[name] for name in files if name.split("/")[0] in ("documents", "packs", "verify.py")}
        made = {**kept, "index.html": files["index.html"], "events.jsonl": lines(entries)}
        made["key.txt"] = f"{self.signer.verifier_key(self.tenant).text}\n".encode()
        made["approvals.json"] = canonical_json([approval(e) for e in entries if e["kind"] == "task.answered"])
        inner = sorted({old for old in sizes if 0 < old < size} | {size})
        for old in inner:
            made[f"checkpoints/{old:012}.checkpoint"] = self.checkpoint(leaves[:old])
        made["proofs.json"] = proofs(leaves, inner)
        manifest = {
            **json.loads(files["manifest.json"]),
            "origin": self.signer.origin(self.tenant),
            "checkpoint": size,
            "entries": {"first": 1, "count": size},
        }
        return signed(made, manifest, signer=self.signer, tenant=self.tenant)

    def checkpoint(self, leaves: list[bytes]) -> bytes:
        """A signed tree head."""
        tree = Frontier().extended(leaves)
        origin = self.signer.origin(self.tenant)
        head = Checkpoint(origin=origin, size=tree.size, root=tree.root, at=utc_now())
        return self.signer.signed(self.tenant, head.text).encode()


def proofs(leaves: list[bytes], sizes: Sequence[int]) -> bytes:
    """The proofs of all entries in the newest tree, and of each older one."""
    found, written = DossierProofs(range(1, len(leaves) + 1), sizes, size=len(leaves)), bytearray()
    found.subtrees.extend(leaves)
    found.write(written.extend)
    return bytes(written)


def approval(entry: dict[str, Any]) -> dict[str, Any]:
    """An answer as `approvals.json` has it."""
    values = {name: value and value["value"] for name, value in entry["values"].items()}
    asked = {"task": values.get("task"), "digest": values.get("digest"), "answer": values.get("decision")}
    kept = {name: entry[name] for name in ("seq", "at", "case", "step")}
    return {**kept, "by": entry["actor"], **asked}


def with_fitting_digests(files: Files) -> Files:
    """As the files are, with a manifest that names their digests; nobody has signed it."""
    manifest = json.loads(files["manifest.json"])
    inner = {name: content for name, content in files.items() if name not in ("manifest.json", "manifest.note")}
    manifest["files"] = {name: hashlib.sha256(content).hexdigest() for name, content in inner.items()}
    return {**files, "manifest.json": canonical_json(manifest)}


def signed(files: Files, manifest: dict[str, Any], *, signer: Signer = SIGNER, tenant: str = "acme") -> Files:
    """The files with another manifest, which names their digests and is signed."""
    inner = {name: content for name, content in files.items() if name not in ("manifest.json", "manifest.note")}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in inner.items()}
    content = canonical_json({**manifest, "files": digests})
    note = signer.signed(tenant, f"{STATEMENT}{hashlib.sha256(content).hexdigest()}\n")
    return {**inner, "manifest.json": content, "manifest.note": note.encode()}


# What the clumsy do


def change_byte(content: bytes, random: Random) -> bytes:
    """Another byte at one place, or one more in an empty file."""
    if not content:
        return b"x"
    place = random.randrange(len(content))
    return content[:place] + bytes([content[place] ^ random.randrange(1, 256)]) + content[place + 1 :]


def cut_file(content: bytes, random: Random) -> bytes:
    """Only the beginning of the file."""
    return content[: random.randrange(len(content))]


def append_byte(content: bytes, random: Random) -> bytes:
    """Something behind the file's end."""
    return content + random.choice((b" ", b"\n", b"x"))


def swap_lines(content: bytes, random: Random) -> bytes:
    """Two lines in the other order, or the last byte gone where there is one line."""
    found = content.splitlines(keepends=True)
    if len(set(found)) < 2:
        return content[:-1]
    first, second = random.sample(range(len(found)), 2)
    found[first], found[second] = found[second], found[first]
    return b"".join(found) if b"".join(found) != content else content[:-1]


CLUMSY: tuple[Callable[[bytes, Random], bytes], ...] = (change_byte, cut_file, append_byte, swap_lines)

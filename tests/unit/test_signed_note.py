"""Signed notes: the vector of Go's sumdb, whose readers must accept ours, and what is refused."""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from graphs.signed_note import Checkpoint, NoteInvalid, Signer, VerifierKey, new_key

GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_SECRET = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)  # fmt: skip
GO_SIGNATURE = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
GO_NOTE = f"{GO_TEXT}\n— PeterNeumann {GO_SIGNATURE}\n"
AT = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
SIGNER = Signer(key=Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
KEY = SIGNER.verifier_key("acme")
CHECKPOINT = Checkpoint(origin=KEY.name, size=7, root=bytes(range(32)), at=AT)
NOTE = SIGNER.signed("acme", CHECKPOINT.text)


class Neumann(Signer):
    """A signer whose log has the name of the vector."""

    def origin(self, tenant: str) -> str:
        return "PeterNeumann"


def test_the_known_note_opens_with_the_known_key() -> None:
    assert VerifierKey.read(GO_KEY).opened(GO_NOTE) == GO_TEXT
    assert VerifierKey.read(GO_KEY).text == GO_KEY


def test_the_known_key_signs_the_known_note() -> None:
    assert Neumann(key=Ed25519PrivateKey.from_private_bytes(GO_SECRET)).signed("", GO_TEXT) == GO_NOTE


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    assert Checkpoint.read(KEY.opened(NOTE)) == CHECKPOINT
    assert NOTE.split("\n")[:2] == [KEY.name, "7"]


@given(st.data())
def test_no_changed_note_opens(data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(NOTE) - 1))
    letter = data.draw(st.characters(codec="utf-8").filter(lambda found: found != NOTE[place]))
    with pytest.raises(NoteInvalid):
        Checkpoint.read(KEY.opened(NOTE[:place] + letter + NOTE[place + 1 :]))


@given(st.integers(0, len(NOTE) - 1))
def test_no_cut_note_opens(length: int) -> None:
    with pytest.raises(NoteInvalid):
        KEY.opened(NOTE[:length])


def test_another_keys_signature_is_none() -> None:
    other = Signer.read(new_key().encode())
    forged = other.signed("acme", CHECKPOINT.text).replace(other.origin("acme"), KEY.name)
    with pytest.raises(NoteInvalid, match="no signature of"):
        KEY.opened(forged)


def test_another_tenants_checkpoint_does_not_open() -> None:
    with pytest.raises(NoteInvalid):
        SIGNER.verifier_key("bolt").opened(NOTE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("Peter", "Petra"),
        GO_KEY[:-4],
        GO_KEY + "!",
        "a b+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+c74f20a3+AhpcY2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    ],
)
def test_what_is_no_verifier_key_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        VerifierKey.read(text)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        f"o\n7\n{ROOT}\n",
        f"o\n07\n{ROOT}\ntime 2026-03-29T01:00:00+00:00\n",
        f"o\n-7\n{ROOT}\ntime 2026-03-29T01:00:00+00:00\n",
        f"o\n7\n{ROOT[:-4]}\ntime 2026-03-29T01:00:00+00:00\n",
        f"o\n7\n{ROOT}\ntime yesterday\n",
        f"o\n7\n{ROOT}\n2026-03-29T01:00:00+00:00\n",
        f"o\n7\n{ROOT}\ntime 2026-03-29T01:00:00+00:00\nmore\n",
        f"o o\n7\n{ROOT}\ntime 2026-03-29T01:00:00+00:00\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteInvalid):
        Checkpoint.read(text)


def test_a_new_key_is_another_each_time_and_reads_back() -> None:
    first, second = Signer.read(new_key().encode()), Signer.read(new_key().encode())
    assert first.public_key != second.public_key
    assert first.verifier_key("acme").opened(first.signed("acme", "text\n")) == "text\n"

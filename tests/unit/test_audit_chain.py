"""The chain as pure functions: any single change of what was written is found."""

from __future__ import annotations

import hashlib
import json
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.audit import (
    GENESIS,
    AuditRecord,
    ChainChecker,
    ChainEntry,
    StoredValue,
    Verification,
    chained,
    commitment,
    entry_hash,
    packed,
    prepare,
    salts_in,
    unpacked,
)

Chain = list[tuple[ChainEntry, tuple[StoredValue, ...]]]
START = datetime(2026, 3, 29, 0, 59, 59, 999999, tzinfo=UTC)
SALT = "00" * 16

texts = st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
records = st.builds(
    AuditRecord,
    kind=st.sampled_from(["case.started", "step.ended"]),
    actor=texts,
    case_id=st.none() | texts,
    step=st.none() | texts,
    visit=st.none() | st.integers(1, 12),
    values=st.dictionaries(st.sampled_from(["a", "b", "c"]), json_values, min_size=1, max_size=3),
)


def link(
    record: AuditRecord, *, seq: int, previous_hash: str, at: datetime, salt: int
) -> tuple[ChainEntry, tuple[StoredValue, ...]]:
    """The entry as it would stand in the database, and its values."""
    found = prepare(record, tenant="acme", at=at, random=lambda count: bytes([salt]) * count)
    content: dict[str, Any] = json.loads(found.content or "{}")
    salts = [one.hex() for one in salts_in(found.salts)]
    values = tuple(
        StoredValue(seq=seq, name=name, salt=one, value=content[name])
        for name, one in zip(sorted(content), salts, strict=True)
    )
    entry = ChainEntry(
        tenant="acme",
        seq=seq,
        at=at,
        kind=record.kind,
        actor=record.actor,
        case_id=record.case_id,
        step=record.step,
        visit=record.visit,
        commitments=unpacked(found.commitments),
        previous_hash=previous_hash,
        hash=chained(previous_hash, found.head, seq, found.tail),
    )
    return entry, values


def chain_of(written: list[AuditRecord]) -> Chain:
    chain: Chain = []
    previous = GENESIS
    for seq, record in enumerate(written, start=1):
        entry, values = link(record, seq=seq, previous_hash=previous, at=START + timedelta(seconds=seq), salt=seq)
        chain.append((entry, values))
        previous = entry.hash
    return chain


def verify(chain: Chain, head: ChainEntry) -> Verification:
    checker = ChainChecker("acme")
    for entry, values in chain:
        checker.add(entry, values)
    return checker.finish(head_seq=head.seq, head_hash=head.hash)


chains = st.lists(records, min_size=2, max_size=5).map(chain_of)


@given(chains)
@settings(max_examples=100, deadline=None)
def test_the_leaf_around_its_number_is_the_whole_leaf_in_canonical_json(chain: Chain) -> None:
    for entry, _ in chain:
        leaf = {
            "tenant": entry.tenant,
            "seq": entry.seq,
            "at": entry.at.isoformat(timespec="microseconds"),
            "kind": entry.kind,
            "actor": entry.actor,
            "case": entry.case_id,
            "step": entry.step,
            "commitments": entry.commitments,
        } | ({"visit": entry.visit} if entry.visit is not None else {})
        expected = hashlib.sha256(rfc8785.dumps(leaf)).digest()
        assert entry.hash == hashlib.sha256(bytes.fromhex(entry.previous_hash) + expected).hexdigest()
        assert entry.hash == entry_hash(entry)


@given(chains)
@settings(max_examples=50, deadline=None)
def test_what_was_written_is_sound(chain: Chain) -> None:
    assert verify(chain, chain[-1][0]).sound


def other(value: Any) -> Any:
    """A value of the same kind that is not `value`."""
    match value:
        case int():
            return value + 1
        case datetime():
            return value + timedelta(microseconds=1)
        case dict():
            return {**value, "more": SALT}
        case _:
            return f"{value}x" if value else "x"


def other_hex(value: str) -> str:
    return ("1" if value[0] == "0" else "0") + value[1:]


@given(chains, st.data())
@settings(max_examples=200, deadline=None)
def test_an_edited_field_of_an_entry_is_found(chain: Chain, data: st.DataObject) -> None:
    head = chain[-1][0]
    at = data.draw(st.integers(0, len(chain) - 1))
    name = data.draw(st.sampled_from([field.name for field in fields(ChainEntry)]))
    entry, values = chain[at]
    before = getattr(entry, name)
    after = other_hex(before) if name in ("hash", "previous_hash") else other(before)
    chain[at] = (replace(entry, **{name: after}), values)
    assert not verify(chain, head).sound


@given(chains, st.data())
@settings(max_examples=100, deadline=None)
def test_an_edited_removed_or_added_value_is_found(chain: Chain, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 1))
    entry, values = chain[at]
    first = values[0]
    changed = data.draw(
        st.sampled_from(
            [
                (replace(first, value=[first.value]), *values[1:]),
                (replace(first, salt=other_hex(str(first.salt))), *values[1:]),
                (replace(first, name="z"), *values[1:]),
                values[1:],
                (*values, StoredValue(seq=entry.seq, name="z", salt=SALT, value=1)),
            ]
        )
    )
    found = verify([*chain[:at], (entry, changed), *chain[at + 1 :]], chain[-1][0])
    assert {problem.seq for problem in found.problems} == {entry.seq}


@given(chains, st.data())
@settings(max_examples=100, deadline=None)
def test_a_deleted_entry_is_found_where_it_stood(chain: Chain, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 1))
    problems = verify([*chain[:at], *chain[at + 1 :]], chain[-1][0]).problems
    assert problems[0].seq == at + 1


@given(chains, st.data())
@settings(max_examples=100, deadline=None)
def test_two_swapped_entries_are_found(chain: Chain, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 2))
    (one, ones), (two, twos) = chain[at], chain[at + 1]
    swapped = [(replace(two, seq=one.seq), twos), (replace(one, seq=two.seq), ones)]
    assert not verify([*chain[:at], *swapped, *chain[at + 2 :]], chain[-1][0]).sound


@given(chains)
@settings(max_examples=50, deadline=None)
def test_an_appended_entry_and_a_cut_off_end_are_found(chain: Chain) -> None:
    record = AuditRecord(kind="test.written", actor="intruder")
    last = chain[-1][0]
    more, values = link(record, seq=last.seq + 1, previous_hash=last.hash, at=last.at, salt=0)
    assert not verify([*chain, (more, values)], last).sound
    assert not verify(chain[:-1], last).sound


@given(chains)
@settings(max_examples=50, deadline=None)
def test_a_chain_written_anew_does_not_end_at_the_old_head(chain: Chain) -> None:
    forged = chain_of([AuditRecord(kind="test.written", actor="intruder", values={"a": 1}) for _ in chain])
    assert not verify(forged, chain[-1][0]).sound


@given(chains)
@settings(max_examples=50, deadline=None)
def test_erased_values_leave_the_chain_sound(chain: Chain) -> None:
    erased = [(entry, tuple(replace(value, salt=None, value=None) for value in values)) for entry, values in chain]
    found = verify(erased, chain[-1][0])
    assert found.sound
    assert (found.values, found.erased) == (0, sum(len(values) for _, values in chain))


def test_an_empty_trail_is_sound_only_with_an_empty_head() -> None:
    assert ChainChecker("acme").finish(head_seq=0, head_hash=GENESIS).sound
    assert not ChainChecker("acme").finish(head_seq=1, head_hash="1" * 64).sound


def test_the_same_value_with_another_salt_has_another_commitment() -> None:
    assert commitment(SALT, {"iban": "x"}) != commitment("11" * 16, {"iban": "x"})


@pytest.mark.parametrize(
    ("one", "two"), [(1, "1"), (None, ""), ([], {}), ({"a": 1, "b": 2}, {"b": 2, "a": 3}), (0, False)]
)
def test_different_values_have_different_commitments(one: object, two: object) -> None:
    assert commitment(SALT, one) != commitment(SALT, two)


def test_the_order_of_an_objects_names_does_not_matter() -> None:
    assert commitment(SALT, {"a": 1, "b": 2}) == commitment(SALT, {"b": 2, "a": 1})


@given(st.dictionaries(st.from_regex(r"[a-z_]{1,255}", fullmatch=True), st.binary(min_size=32, max_size=32)))
def test_packed_commitments_are_the_same_when_they_are_unpacked(commitments: dict[str, bytes]) -> None:
    assert unpacked(packed(commitments.items())) == {name: found.hex() for name, found in commitments.items()}


@given(st.binary(max_size=200))
def test_whatever_stands_in_place_of_commitments_can_be_unpacked(data: bytes) -> None:
    assert isinstance(unpacked(data), dict)

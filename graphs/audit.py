"""The audit trail: a hash chain per tenant over salted commitments.

An entry's hash covers the previous hash and its leaf; the leaf covers who did what to which case and,
for every value, SHA-256(salt ‖ RFC 8785 JSON). Values and salts stand in rows of their own: erasing a value with its
salt leaves the chain sound.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from policies.canonical import canonical_json

GENESIS = "0" * 64
SALT_BYTES = 16
HASH_BYTES = 32
NO_SALT = bytes(SALT_BYTES)
"""Where the salt of an erased value stood."""
WORKER = "worker"
"""The actor of what no person and no caller did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord:
    """What is to be recorded: `kind` is `noun.past_participle`, `actor` a user id or `worker`.

    With a `visit` it is also the journal of that visit of the step.
    """

    kind: str
    actor: str
    case_id: str | None = None
    step: str | None = None
    visit: int | None = None
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainEntry:
    """One entry as it stands in the chain."""

    tenant: str
    seq: int
    at: datetime
    kind: str
    actor: str
    case_id: str | None
    step: str | None
    visit: int | None
    commitments: Mapping[str, str]
    previous_hash: str
    hash: str


class Prepared(NamedTuple):
    """An entry that has no place in the chain yet; a tuple, because it is sent as a row, and there are very many.

    `head` and `tail` are the leaf's canonical JSON before and behind its sequence number, which is known only once
    the tenant's head is locked; `commitments` are `packed`, `content` is a JSON text of the values by name, and `salts`
    are theirs, one behind the other in the order of the names.
    """

    tenant: str
    at: datetime
    kind: str
    actor: str
    case_id: str | None
    step: str | None
    visit: int | None
    head: str
    tail: str
    commitments: bytes
    salts: bytes
    content: str | None

    @classmethod
    def of(
        cls,
        record: AuditRecord,
        *,
        tenant: str,
        at: datetime,
        leaf: tuple[str, str] = ("", ""),
        commitments: bytes = b"",
        salts: bytes = b"",
        content: Iterable[str],
    ) -> Prepared:
        """The entry of a record; `leaf` is its head and tail, `content` its values, each behind its name."""
        values = ",".join(content)
        return cls(
            tenant=tenant,
            at=at,
            kind=record.kind,
            actor=record.actor,
            case_id=record.case_id,
            step=record.step,
            visit=record.visit,
            head=leaf[0],
            tail=leaf[1],
            commitments=commitments,
            salts=salts,
            content=f"{{{values}}}" if values else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredValue:
    """A committed value; `salt` and `value` are None once erased."""

    seq: int
    name: str
    salt: str | None
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with the chain, and at which sequence number."""

    seq: int
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """The result of checking one tenant's chain."""

    tenant: str
    entries: int
    values: int
    erased: int
    head: str
    problems: tuple[Problem, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found."""
        return not self.problems


def commitment(salt: str, value: Any) -> str:
    """SHA-256 (hex) over the salt's bytes and the value's canonical JSON."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical_json(value)).hexdigest()


def salts_in(salts: bytes) -> list[bytes]:
    """Each of the salts that stand one behind the other."""
    return [salts[place : place + SALT_BYTES] for place in range(0, len(salts), SALT_BYTES)]


def packed(commitments: Iterable[tuple[str, bytes]]) -> bytes:
    """Commitments one behind the other: a byte that says how long the name is, the name, and 32 bytes."""
    return b"".join([_marked(name) + committed for name, committed in commitments])


@lru_cache(maxsize=4096)
def _marked(name: str) -> bytes:
    """How long the name is, and the name. They come again and again."""
    return bytes((len(name),)) + name.encode("ascii")


def unpacked(data: bytes) -> dict[str, str]:
    """Packed commitments by name, in hex. What is cut off or padded gives names or hashes that no entry has."""
    found: dict[str, str] = {}
    place = 0
    while place < len(data):
        named = place + 1 + data[place]
        found[data[place + 1 : named].decode("ascii", "replace")] = data[named : named + HASH_BYTES].hex()
        place = named + HASH_BYTES
    return found


@lru_cache(maxsize=4096)
def _text(value: str | None) -> str:
    """A string's canonical JSON. Kinds, steps, actors and tenants come again and again."""
    return canonical_json(value).decode()


def leaf_parts(
    *,
    tenant: str,
    at: datetime,
    kind: str,
    actor: str,
    case: str | None,
    step: str | None,
    visit: int | None,
    commitments: str,
) -> tuple[str, str]:
    """The leaf's canonical JSON before and behind the digits of `seq`. `visit` is there only where there is one."""
    instant = at.astimezone(UTC).isoformat(timespec="microseconds")
    head = (
        f'{{"actor":{_text(actor)},"at":"{instant}","case":{_text(case)},"commitments":{commitments},'
        f'"kind":{_text(kind)},"seq":'
    )
    journal = f',"visit":{visit}' if visit is not None else ""
    return head, f',"step":{_text(step)},"tenant":{_text(tenant)}{journal}}}'


def chained(previous_hash: str, head: str, seq: int, tail: str) -> str:
    """SHA-256 (hex) over the previous hash and the leaf's own SHA-256."""
    leaf = hashlib.sha256(f"{head}{seq}{tail}".encode()).digest()
    return hashlib.sha256(bytes.fromhex(previous_hash) + leaf).hexdigest()


def entry_hash(entry: ChainEntry) -> str:
    """The hash that `entry` must carry."""
    head, tail = leaf_parts(
        tenant=entry.tenant,
        at=entry.at,
        kind=entry.kind,
        actor=entry.actor,
        case=entry.case_id,
        step=entry.step,
        visit=entry.visit,
        commitments=canonical_json(dict(entry.commitments)).decode(),
    )
    return chained(entry.previous_hash, head, entry.seq, tail)


def prepare(record: AuditRecord, *, tenant: str, at: datetime, random: Callable[[int], bytes]) -> Prepared:
    """The entry with its salted commitments; `random` gives as many bytes as it is asked for."""
    names = sorted(record.values)
    texts = [canonical_json(record.values[name]) for name in names]
    salts = random(SALT_BYTES * len(names))
    hashes = [hashlib.sha256(salt + text).digest() for salt, text in zip(salts_in(salts), texts, strict=True)]
    named = ",".join([f'"{name}":"{committed.hex()}"' for name, committed in zip(names, hashes, strict=True)])
    leaf = leaf_parts(
        tenant=tenant,
        at=at,
        kind=record.kind,
        actor=record.actor,
        case=record.case_id,
        step=record.step,
        visit=record.visit,
        commitments=f"{{{named}}}",
    )
    return Prepared.of(
        record,
        tenant=tenant,
        at=at,
        leaf=leaf,
        commitments=packed(zip(names, hashes, strict=True)),
        salts=salts,
        content=[f'"{name}":{text.decode()}' for name, text in zip(names, texts, strict=True)],
    )


class Prepare(Protocol):
    """What makes an entry of a record."""

    def __call__(
        self, record: AuditRecord, *, tenant: str, at: datetime, random: Callable[[int], bytes]
    ) -> Prepared: ...


class ChainChecker:
    """Checks a tenant's chain entry by entry, so that a long one needs no memory."""

    def __init__(self, tenant: str) -> None:
        """Start before the first entry."""
        self._tenant = tenant
        self._seq = 0
        self._hash = GENESIS
        self._values = 0
        self._erased = 0
        self._problems: list[Problem] = []

    def add(self, entry: ChainEntry, values: Iterable[StoredValue]) -> None:
        """Check the next entry and its values."""
        if entry.seq != self._seq + 1:
            self._report(self._seq + 1, f"missing: the next entry is {entry.seq}")
        if entry.previous_hash != self._hash:
            self._report(entry.seq, "does not follow the entry before it")
        if entry_hash(entry) != entry.hash:
            self._report(entry.seq, "was changed after it was written")
        found = {value.name: value for value in values}
        for name in sorted(set(found) | set(entry.commitments)):
            self._check_value(entry, name, found.get(name))
        self._seq, self._hash = entry.seq, entry.hash

    def finish(self, *, head_seq: int, head_hash: str) -> Verification:
        """The result, once all entries are in; the head tells whether the end was cut off."""
        if head_seq != self._seq:
            self._report(self._seq + 1, f"missing: the head stands at {head_seq}")
        elif head_hash != self._hash:
            self._report(self._seq, "is not the entry the head names")
        return Verification(
            tenant=self._tenant,
            entries=self._seq,
            values=self._values,
            erased=self._erased,
            head=head_hash,
            problems=tuple(self._problems),
        )

    def _check_value(self, entry: ChainEntry, name: str, value: StoredValue | None) -> None:
        if name not in entry.commitments:
            self._report(entry.seq, f"value {name!r} was added later")
        elif value is None:
            self._report(entry.seq, f"value {name!r} is missing")
        elif value.salt is None and value.value is None:
            self._erased += 1
        elif value.salt is None or commitment(value.salt, value.value) != entry.commitments[name]:
            self._report(entry.seq, f"value {name!r} was changed")
        else:
            self._values += 1

    def _report(self, seq: int, what: str) -> None:
        self._problems.append(Problem(seq=seq, what=what))

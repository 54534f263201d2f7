"""What a dossier says of an entry: its line in `events.jsonl`, the answer it records, the digests it names."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from graphs.audit import StoredValue
from graphs.store.audit_export import ExportedEntry
from policies.canonical import canonical_json

DIGEST = re.compile(r"[0-9a-f]{64}")


def event_line(exported: ExportedEntry, *, bystander: bool = False) -> bytes:
    """An entry as a line of `events.jsonl`: what its leaf is made of, its place in the chain, salts and values.

    An erased value is null. Of an entry that only shows that none is left out (`bystander`) the values do not matter.
    """
    entry = exported.entry
    line: dict[str, Any] = {
        "seq": entry.seq,
        "tenant": entry.tenant,
        "at": instant(entry.at),
        "kind": entry.kind,
        "actor": entry.actor,
        "case": entry.case_id,
        "step": entry.step,
        "visit": entry.visit,
        "commitments": dict(entry.commitments),
        "previous_hash": entry.previous_hash,
        "hash": entry.hash,
    }
    if bystander:
        line["bystander"] = True
    else:
        line["values"] = {value.name: _written(value) for value in exported.values}
    return canonical_json(line) + b"\n"


def lines_of(found: Iterable[ExportedEntry], *, valued: Container[int]) -> bytes:
    """The lines of many entries; those of `valued` with their values."""
    return b"".join([event_line(exported, bystander=exported.entry.seq not in valued) for exported in found])


def approval_of(exported: ExportedEntry) -> dict[str, Any]:
    """A person's answer, as its entry has it; null where it was erased."""
    entry, values = exported.entry, {value.name: value.value for value in exported.values}
    return {
        "seq": entry.seq,
        "at": instant(entry.at),
        "by": entry.actor,
        "case": entry.case_id,
        "step": entry.step,
        "task": values.get("task"),
        "digest": values.get("digest"),
        "answer": values.get("decision"),
    }


def verdicts_in(data: Any) -> Iterator[Mapping[str, Any]]:
    """Every recorded verdict in `data`."""
    match data:
        case {"pack_digest": _, "point": _, "facts": _, "judged_on": _}:
            yield data
        case dict():
            for item in data.values():
                yield from verdicts_in(item)
        case list():
            for item in data:
                yield from verdicts_in(item)
        case _:
            return


def digests_in(data: Any) -> Iterator[str]:
    """Every text in `data` that could be a SHA-256."""
    match data:
        case str() if DIGEST.fullmatch(data):
            yield data
        case dict():
            for item in data.values():
                yield from digests_in(item)
        case list():
            for item in data:
                yield from digests_in(item)
        case _:
            return


def _written(value: StoredValue) -> dict[str, Any] | None:
    return None if value.salt is None else {"salt": value.salt, "value": value.value}


def instant(at: datetime) -> str:
    """An instant as the chain's leaves have it."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")

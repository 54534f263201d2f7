"""What the guard sees of an agent's work: the call it is about to make, and what earlier calls returned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]
"""JSON data, as tools take and return it."""

KEY = "key"
"""The name under which `leaves` yields the keys of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call an agent proposes. Nothing says who put it into the agent's head."""

    tool: str
    arguments: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A call that was made, and what it returned."""

    call: Call
    output: Json


def leaves(data: Json, *, name: str = "") -> Iterator[tuple[str, str | int | float | bool]]:
    """Every value in `data` that is not null, with the name of the field it stands in; keys under `KEY`."""
    match data:
        case dict():
            for key, inner in data.items():
                yield KEY, key
                yield from leaves(inner, name=key)
        case list():
            for inner in data:
                yield from leaves(inner, name=name)
        case None:
            return
        case _:
            yield name, data


def records(data: Json) -> Iterator[dict[str, Json]]:
    """Every object in `data`, outer ones first."""
    match data:
        case dict():
            yield data
            for inner in data.values():
                yield from records(inner)
        case list():
            for inner in data:
                yield from records(inner)
        case _:
            return

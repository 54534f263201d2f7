"""What is different now from what was approved, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

ABSENT = None
"""A field that is not there reads as null: facts that are not known are null as well."""


class FieldChange(BaseModel):
    """A field by its dotted name, as it was and as it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    old: Any = ABSENT
    new: Any = ABSENT


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    """Every field that differs, by name. Objects are compared part by part, lists as a whole."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return tuple(
        FieldChange(field=name, old=old.get(name, ABSENT), new=new.get(name, ABSENT))
        for name in sorted(old.keys() | new.keys())
        if not _same(old.get(name, ABSENT), new.get(name, ABSENT))
    )


def _same(old: Any, new: Any) -> bool:
    # True is 1 to Python, and 1 is 1.0: to a reviewer they are different answers.
    return type(old) is type(new) and old == new


def _leaves(value: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any]]:
    for name, item in value.items():
        place = f"{within}.{name}" if within else name
        if isinstance(item, Mapping) and item:
            yield from _leaves(item, place)
        else:
            yield place, item

"""A lint finding: one thing that is wrong with a pack, or odd."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from policies.fact import FactValue


class Weight(StrEnum):
    """How much a finding matters: an error fails the lint, a warning is shown, a note is there for who asks."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class LintCode(StrEnum):
    """The closed set of what lint finds."""

    CONSTANT = "constant"
    DUPLICATE = "duplicate"
    CONFLICTING = "conflicting"
    CONTRADICTORY = "contradictory"
    SHADOWED = "shadowed"
    NEVER_FIRED = "never_fired"
    DATE_GAP = "date_gap"
    DATE_OVERLAP = "date_overlap"
    UNUSED_FIELD = "unused_field"
    UNUSED_PARAMETER = "unused_parameter"
    MESSAGE = "message"
    NOT_DECIDED = "not_decided"


@dataclass(frozen=True, slots=True, kw_only=True)
class LintFinding:
    """`rules` are the rules it is about (none: the pack itself), `facts` a concrete example where there is one."""

    code: LintCode
    weight: Weight
    rules: tuple[str, ...]
    why: str
    facts: dict[str, FactValue] | None = None

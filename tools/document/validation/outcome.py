"""What validation says about a structured document."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict

from tools.document.reading import DocumentFinding

SHOWN: Final = 20
"""So many findings about one document are kept; one more then says how many were left out."""


class Code(StrEnum):
    """What a finding of the validation means. `SCHEMA_INVALID`, `RULE_FAILED` and `NOT_VALIDATED` are for a person."""

    SCHEMA_INVALID = "schema_invalid"
    """The document is not built as the standard's schema demands."""
    RULE_FAILED = "rule_failed"
    """A rule that every document of EN 16931 must keep is broken."""
    RULE_WARNED = "rule_warned"
    """A rule that only recommends is broken."""
    PROFILE_RULE_FAILED = "profile_rule_failed"
    """A rule of the Factur-X or Order-X profile is broken; EN 16931 does not ask for it."""
    NOT_VALIDATED = "not_validated"
    """Nobody knows whether the document is valid."""


class Outcome(BaseModel):
    """What a document was held against (None: against nothing in full) and what was found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    against: str | None = None
    findings: tuple[DocumentFinding, ...] = ()


def not_validated(reason: str) -> Outcome:
    """The outcome where the document's validity is not known, because of `reason`."""
    message = f"the document was not validated: {reason}"
    return Outcome(findings=(DocumentFinding(code=Code.NOT_VALIDATED, message=message),))


def shortened(findings: list[DocumentFinding]) -> tuple[DocumentFinding, ...]:
    """At most `SHOWN` findings, the grave ones first, each code still present, and what was left out counted."""
    grave_first = sorted(findings, key=lambda one: one.values.get("weight") != "fatal")
    left_out = len(grave_first) - SHOWN
    if left_out <= 0:
        return tuple(grave_first)
    shown = grave_first[:SHOWN]
    first_of = {one.code: one for one in reversed(grave_first[SHOWN:])}
    shown.extend(one for code, one in first_of.items() if code not in {kept.code for kept in shown})
    last = shown[-1]
    more = last.model_copy(update={"message": f"{last.message} (and {left_out} more findings of the validation)"})
    return (*shown[:-1], more)

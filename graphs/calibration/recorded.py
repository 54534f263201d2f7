"""What the trail says of agents' decisions and of their reviews, read strictly: what is not whole does not count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Annotated, Any, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphs.calibration.outcome import WHOLE, Outcome
from graphs.store.calibration_tables import AgentOutcomeRow
from graphs.store.outcomes import DecisionEntry, Tally

DECIDED = "agent.decided"
Bps = Annotated[int, Field(ge=0, le=WHOLE)]

log = structlog.get_logger(__name__)

Recorded = TypeVar("Recorded", bound=BaseModel)


class RecordedOutcome(BaseModel):
    """The `outcome` of an answer: what the agent chose, and what the person chose."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    step: str
    decision_class: Annotated[str, Field(alias="class")]
    class_version: int
    model: str
    prompt_digest: str
    raw_bps: Bps
    choice: str
    person: str
    right: bool
    blind: bool


class RecordedDecision(BaseModel):
    """The part of a `decision` that is counted: under which calibration, how sure, and whether automatic."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    calibration: str
    confidence_bps: Bps
    autonomous: bool
    blind: bool


def outcome_rows(tenant: str, entries: Iterable[DecisionEntry]) -> Iterator[AgentOutcomeRow]:
    """The reviewed decisions among the entries. Copies for analysis do nothing, so they count for nothing."""
    for entry in entries:
        if entry.outcome is None or entry.analysis or entry.case_id is None:
            continue
        found = _read(RecordedOutcome, entry.outcome, entry)
        if found is not None:
            yield AgentOutcomeRow(
                tenant=tenant,
                seq=entry.seq,
                case_id=entry.case_id,
                step=found.step,
                decision_class=found.decision_class,
                class_version=found.class_version,
                model=found.model,
                prompt_digest=found.prompt_digest,
                raw_bps=found.raw_bps,
                choice=found.choice,
                person_choice=found.person,
                was_right=found.right,
                blind=found.blind,
                at=entry.at,
            )


def tallies_of(entries: Iterable[DecisionEntry]) -> list[Tally]:
    """How many decisions each calibration judged, by day and confidence; without a calibration none."""
    counts: Counter[tuple[Any, ...]] = Counter()
    automatic: Counter[tuple[Any, ...]] = Counter()
    blind: Counter[tuple[Any, ...]] = Counter()
    for entry in entries:
        if entry.kind != DECIDED or entry.analysis or not _has_calibration(entry.decision):
            continue
        found = _read(RecordedDecision, entry.decision, entry)
        if found is not None:
            key = (found.calibration, entry.at.astimezone(UTC).date(), found.confidence_bps)
            counts[key] += 1
            automatic[key] += found.autonomous
            blind[key] += found.blind
    return [
        Tally(
            calibration_id=key[0],
            day=key[1],
            confidence_bps=key[2],
            decided=count,
            automatic=automatic[key],
            blind=blind[key],
        )
        for key, count in counts.items()
    ]


def outcome_of(row: AgentOutcomeRow) -> Outcome:
    """The row as the statistics see it."""
    return Outcome(seq=row.seq, case_id=row.case_id, raw_bps=row.raw_bps, right=row.was_right, blind=row.blind)


def _has_calibration(decision: Any) -> bool:
    """A decision whose gate was never calibrated says nothing about any calibration."""
    found = decision if isinstance(decision, dict) else {}
    return found.get("calibration") is not None and found.get("confidence_bps") is not None


def _read(model: type[Recorded], value: Any, entry: DecisionEntry) -> Recorded | None:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        log.warning("outcome.unreadable", seq=entry.seq, entry_kind=entry.kind, errors=error.error_count())
        return None

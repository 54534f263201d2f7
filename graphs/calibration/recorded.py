"""What the trail says of agents' decisions and of their reviews, read strictly: what is not whole does not count."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date
from typing import Annotated, Any, TypeVar

import structlog
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graphs.agents.gate import Identity
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
    """The part of an answered `decision` that is counted: whose, how sure, by which calibration, whether automatic."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    decision_class: Annotated[str, Field(alias="class")]
    class_version: int
    model: str
    prompt_digest: str
    raw_bps: Bps
    calibration: str | None
    autonomous: bool
    blind: bool

    @property
    def identity(self) -> Identity:
        """Whose decision it is."""
        return Identity(
            decision_class=self.decision_class,
            class_version=self.class_version,
            model=self.model,
            prompt_digest=self.prompt_digest,
        )


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
    """How many answered decisions there are, by identity, calibration, day and raw confidence."""
    found: dict[tuple[Identity, str, date, int], list[RecordedDecision]] = {}
    for entry in entries:
        if entry.kind != DECIDED or entry.analysis or not _answered(entry.decision):
            continue
        decision = _read(RecordedDecision, entry.decision, entry)
        if decision is not None:
            day = entry.at.astimezone(UTC).date()
            key = (decision.identity, decision.calibration or "", day, decision.raw_bps)
            found.setdefault(key, []).append(decision)
    return [
        Tally(
            identity=identity,
            calibration_id=calibration,
            day=day,
            raw_bps=raw,
            decided=len(decisions),
            automatic=sum(one.autonomous for one in decisions),
            blind=sum(one.blind for one in decisions),
        )
        for (identity, calibration, day, raw), decisions in found.items()
    ]


def outcome_of(row: AgentOutcomeRow) -> Outcome:
    """The row as the statistics see it."""
    return Outcome(seq=row.seq, case_id=row.case_id, raw_bps=row.raw_bps, right=row.was_right, blind=row.blind)


def _answered(decision: Any) -> bool:
    return isinstance(decision, dict) and decision.get("status") == "answered"


def _read(model: type[Recorded], value: Any, entry: DecisionEntry) -> Recorded | None:
    try:
        return model.model_validate(value)
    except ValidationError as error:
        log.warning("outcome.unreadable", seq=entry.seq, entry_kind=entry.kind, errors=error.error_count())
        return None

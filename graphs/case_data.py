"""The data of a case as it was after each visit: the fold of its journal up to there, and what differs between two."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.agents.blind import withheld
from graphs.agents.facts import DECISIONS
from graphs.errors import Invalid
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.steering import StateErased, fold
from graphs.steps import StepKind
from graphs.store.journal import StepVisit
from graphs.store.people import Actor
from policies.difference import FieldChange, differences

READ = "case.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDataAt:
    """The data after the visit at place `at` (1 is the first, 0 before it), and what changed since place `since`.

    `data` and `changes` are None where values that made them were erased.
    """

    visits: Sequence[StepVisit]
    at: int
    since: int
    data: Mapping[str, Any] | None
    changes: Sequence[FieldChange] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDataDesk:
    """Looks back into a case."""

    services: Services

    async def at(self, actor: Actor, case_id: str, *, at: int | None = None, since: int | None = None) -> CaseDataAt:
        """The case's data at a place, else as it is now; compared with another, else with the place before.

        Raises `PermissionMissing`, `NotFound`, or `Invalid` for a place that the case has not come to.
        """
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
            case = await unit.cases.get(case_id)
            visits = await unit.journal.of_case(case_id)
        last = len(visits)
        place = last if at is None else at
        before = max(place - 1, 0) if since is None else since
        if not (0 <= place <= last and 0 <= before <= last):
            raise Invalid(f"at, since: the case has come to {last} places so far")
        hidden = frozenset() if case.ended_at is not None else _unanswered(visits)
        data, old = _data(visits[:place], hidden), _data(visits[:before], hidden)
        changes = differences(old, data) if old is not None and data is not None else None
        return CaseDataAt(visits=visits, at=place, since=before, data=data, changes=changes)


def _unanswered(visits: Sequence[StepVisit]) -> frozenset[str]:
    """The agent steps behind which no person has answered yet."""
    last = {visit.name: place for place, visit in enumerate(visits) if visit.kind == StepKind.AGENT}
    answered = max((place for place, visit in enumerate(visits) if visit.kind == StepKind.REVIEW), default=-1)
    return frozenset(name for name, place in last.items() if place > answered)


def _data(visits: Sequence[StepVisit], hidden: Collection[str]) -> Mapping[str, Any] | None:
    """The fold of the visits; nothing of an answer that a person is to do without (`hidden`)."""
    try:
        data = fold(visit.update for visit in visits)["data"]
    except StateErased:
        return None
    decisions = data.get(DECISIONS)
    if not decisions:
        return data
    shown = {name: withheld(found) if name in hidden else found for name, found in decisions.items()}
    return {**data, DECISIONS: shown}

"""The escalation desk: an escalation is acknowledged, and the clocks that are at risk or breached are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from graphs.deadlines.case_clocks import recorded
from graphs.deadlines.clock import Clock
from graphs.deadlines.clock_desk import CHANGE
from graphs.errors import Conflict, NotFound, PermissionMissing
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.escalation_tables import EscalationRow
from graphs.store.escalations import Climb, Escalations
from graphs.store.people import Actor

ACKNOWLEDGE = "escalation.acknowledge"
READ = "task.read"


class EscalationNotOpen(Conflict):
    """The escalation was acknowledged by somebody else, or told nobody: there is nothing to acknowledge."""

    code = "escalation_not_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """A clock at risk or breached, with the title of its case."""

    clock: Clock
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationDesk:
    """Takes acknowledgements. Every method raises `PermissionMissing`."""

    services: Services

    async def acknowledge(self, actor: Actor, escalation_id: str, *, note: str = "") -> EscalationRow:
        """Somebody looks after it: it is not told again; the next rung is reached at its own instant, or none.

        For whoever was told, and for who may change deadlines. A second time by the same person changes nothing.
        Raises `NotFound`, `EscalationNotOpen`.
        """
        require(actor, ACKNOWLEDGE)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            escalations = Escalations(unit.session)
            row = await escalations.get(escalation_id)
            if row is None:
                raise NotFound(f"there is no escalation {escalation_id}")
            _check_told(actor, row)
            await unit.cases.lock(row.case_id)
            found = await escalations.have(row.clock_id)
            if not await escalations.acknowledge(row.id, by=actor.user_id, now=now):
                return _same(await escalations.get(row.id), actor)
            clock = Clock.of(found) if found is not None else None
            if clock is not None and clock.ladder is not None and clock.started_at == row.round:
                rung = clock.ladder.steps[row.place].rung
                behind = max(clock.climbed, clock.ladder.acknowledged(rung))
                await escalations.climb([Climb(clock_id=clock.id, climbed=behind, at_risk_since=clock.at_risk_since)])
            if clock is not None:
                values = {"escalation": row.id, "rung": row.rung, "note": note}
                unit.record(actor.tenant, recorded("escalation.acknowledged", clock, actor=actor.user_id, **values))
            return _same(await escalations.get(row.id), actor)

    async def risks(self, actor: Actor, *, limit: int) -> Sequence[Risk]:
        """Clocks at risk or breached that are not stopped, the soonest due first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            found = await Escalations(unit.session).risks(actor.tenant, limit=limit)
        return [Risk(clock=Clock.of(row), title=title) for row, title in found]


def acknowledgeable(actor: Actor, row: EscalationRow) -> bool:
    """Whether the actor could acknowledge it now."""
    return ACKNOWLEDGE in actor.permissions and row.acknowledged_at is None and bool(row.told) and _is_for(actor, row)


def _is_for(actor: Actor, row: EscalationRow) -> bool:
    return CHANGE in actor.permissions or actor.user_id in {one["user"] for one in row.told}


def _check_told(actor: Actor, row: EscalationRow) -> None:
    if not row.told:
        raise EscalationNotOpen(f"escalation {row.id} was {row.status}, and nobody was told")
    if not _is_for(actor, row):
        raise PermissionMissing(f"{actor.name} was not told of this: who was may acknowledge it, or a supervisor")


def _same(row: EscalationRow | None, actor: Actor) -> EscalationRow:
    if row is None:
        raise NotFound("the escalation is gone")
    if row.acknowledged_by != actor.user_id:
        raise EscalationNotOpen(f"escalation {row.id} was acknowledged by {row.acknowledged_by}")
    return row

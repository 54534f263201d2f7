"""Reading the trail for outcomes: each entry counts once, and a gate that drift has reached closes in the same step.

The place up to which a tenant's trail was read is a locked row, so that of several workers one reads and nothing is
counted twice; what is read, the new place, a closing and its audit entry are one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from graphs.agents.gate import Identity
from graphs.audit import WORKER, AuditRecord
from graphs.calibration.calibration import Calibration
from graphs.calibration.coverage import DayTally
from graphs.calibration.recorded import outcome_of, outcome_rows, tallies_of
from graphs.calibration.watch import Watched, watched
from graphs.runtime.services import Services
from graphs.store.calibration_tables import OPEN, AgentCalibrationRow, AgentOutcomeRow, AgentTallyRow
from graphs.store.calibrations import Calibrations
from graphs.store.database import UnitOfWork
from graphs.store.outcomes import Outcomes, behind

PAGE = 500
CLOSED = "gate.closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeReading:
    """Keeps outcomes and counts up to date. Safe to run in every worker at once."""

    services: Services

    async def run(self) -> int:
        """Read what is new for all tenants; returns how many entries were read."""
        async with self.services.database.unit_of_all_tenants() as unit:
            found = await behind(unit.session, unit.tenants)
        return sum([await self.of_tenant(tenant) for tenant in found])

    async def of_tenant(self, tenant: str) -> int:
        """Read what is new for one tenant, a page a transaction; returns how many entries were read."""
        total = 0
        while True:
            async with self.services.database.unit_of_work(tenant) as unit:
                read = await self._page(unit, tenant)
            total += read
            if read < PAGE:
                return total

    async def _page(self, unit: UnitOfWork, tenant: str) -> int:
        outcomes = Outcomes(unit.session, tenant)
        after = await outcomes.take_reading()
        if after is None:
            return 0  # another worker is reading
        entries = await outcomes.page(after=after, limit=PAGE)
        if not entries:
            return 0
        rows, tallies = list(outcome_rows(tenant, entries)), tallies_of(entries)
        await outcomes.keep(rows)
        await outcomes.count(tallies)
        await outcomes.read_upto(entries[-1].seq)
        touched = {identity_of(row) for row in rows if row.blind}
        counted = {tally.calibration_id for tally in tallies}
        if touched or counted:
            await self._close_drifted(unit, tenant, touched, counted, seq=entries[-1].seq)
        return len(entries)

    async def _close_drifted(
        self, unit: UnitOfWork, tenant: str, touched: set[Identity], counted: set[str], *, seq: int
    ) -> None:
        calibrations = Calibrations(unit.session, tenant)
        await calibrations.alone()
        for row in await calibrations.newest():
            identity = identity_of(row)
            if row.status != OPEN or not (identity in touched or row.id in counted):
                continue
            calibration = stored(row)
            found = await watch(unit, tenant, row)
            why = found.why_closed(calibration) if found and calibration else None
            if why and await calibrations.close(row.id, why=why, at=self.services.clock(), seq=seq):
                values = {"calibration": row.id, "class": row.decision_class, "model": row.model, "why": why}
                unit.record(tenant, AuditRecord(kind=CLOSED, actor=WORKER, values=values))


async def watch(unit: UnitOfWork, tenant: str, row: AgentCalibrationRow) -> Watched | None:
    """How a calibration has fared since it was made; None where it has no threshold, or cannot be read."""
    calibration = stored(row)
    if calibration is None:
        return None
    outcomes = Outcomes(unit.session, tenant)
    rows = await outcomes.of(identity_of(row), after=row.upto_seq)
    tallies = day_tallies(await outcomes.tallies(identity_of(row), calibration_id=row.id))
    return watched(calibration, map(outcome_of, rows), tallies, after=row.upto_seq)


def identity_of(row: AgentCalibrationRow | AgentOutcomeRow) -> Identity:
    """Whose row it is."""
    return Identity(
        decision_class=row.decision_class,
        class_version=row.class_version,
        model=row.model,
        prompt_digest=row.prompt_digest,
    )


def stored(row: AgentCalibrationRow) -> Calibration | None:
    """The calibration as it was stored; None where this release cannot read it, or it is not what its digest says."""
    try:
        calibration = Calibration.model_validate(row.calibration)
    except ValidationError:
        return None
    return calibration if calibration.digest == row.digest else None


def day_tallies(rows: Iterable[AgentTallyRow]) -> Sequence[DayTally]:
    """The counts as the statistics see them."""
    return [DayTally(day=row.day, raw_bps=row.raw_bps, decided=row.decided) for row in rows]

"""The gates as they stand now: what was calibrated, what the active rules ask for, and what closed them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import structlog

from graphs.agents.gate import Gate, Identity
from graphs.calibration.reading import identity_of, stored
from graphs.calibration.sentence import percent
from graphs.calibration.target import AskedClass, Target, asked_classes, target_of
from graphs.errors import EngineError
from graphs.runtime.services import Services
from graphs.store.calibration_tables import OPEN, AgentCalibrationRow
from graphs.store.calibrations import Calibrations
from graphs.store.database import UNAVAILABLE
from tools.errors import ToolError

READ_AGAIN: Final = timedelta(milliseconds=500)
READ_WITHIN: Final = timedelta(seconds=1)
UNREADABLE: Final = "the database does not say where the gate stands"

log = structlog.get_logger(__name__)

Known = Mapping[Identity, AgentCalibrationRow]


@dataclass(slots=True, kw_only=True)
class MeasuredGates:
    """The gates of one process. What it knows is at most half a second old, so a closing is in force everywhere then.

    `services` is asked for late: the services are made with their gates.
    """

    services: Callable[[], Services]
    monotonic: Callable[[], float] = time.monotonic
    _known: dict[str, tuple[float, Known]] = field(default_factory=dict, init=False)

    async def of(self, tenant: str, identity: Identity) -> Gate:
        """The gate of the identity; closed where anything about it cannot be known."""
        services = self.services()
        asked = asked_classes(services.registry).get((identity.decision_class, identity.class_version))
        if asked is None:
            return Gate(open=False, why=f"no process asks {identity.decision_class} version {identity.class_version}")
        try:
            known = await self._calibrations(services, tenant)
            target = await target_of(services, tenant, asked)
        except (*UNAVAILABLE, EngineError, ToolError, TimeoutError, OSError) as error:
            log.warning("gates.unread", tenant=tenant, error=type(error).__name__)
            return Gate(open=False, why=UNREADABLE)
        return gate_of(identity, known, asked, target)

    async def _calibrations(self, services: Services, tenant: str) -> Known:
        """The newest calibration of each identity. Raises what a database raises that does not answer."""
        found = self._known.get(tenant)
        if found is not None and self.monotonic() - found[0] <= READ_AGAIN.total_seconds():
            return found[1]
        asked_at = self.monotonic()
        async with (
            asyncio.timeout(READ_WITHIN.total_seconds()),
            services.database.unit_of_work(tenant) as unit,
        ):
            rows = await Calibrations(unit.session, tenant).newest()
        known = {identity_of(row): row for row in rows}
        self._known[tenant] = (asked_at, known)
        return known


def gate_of(identity: Identity, known: Known, asked: AskedClass, target: Target) -> Gate:
    """The gate of an identity by what was calibrated last and what the rules ask for now."""
    row = known.get(identity)
    if row is None:
        return Gate(open=False, why=_never_calibrated(identity, known))
    calibration = stored(row)
    if calibration is None:
        return Gate(open=False, why=f"calibration {row.id} cannot be read by this release", calibration=row.id)

    def gate(why: str, *, is_open: bool = False) -> Gate:
        return Gate(
            open=is_open,
            why=why,
            threshold_bps=calibration.threshold_bps,
            calibration=row.id,
            points=calibration.points,
        )

    if not asked.asks.alone:
        return gate("a person always decides, whatever is measured")
    if row.status != OPEN:
        return gate(row.why)
    if target.bps is None:
        return gate(target.why)
    if target.bps < calibration.target_bps:
        return gate(
            f"the rules now allow {percent(target.bps)} wrong, and the calibration is for "
            f"{percent(calibration.target_bps)}: calibrate again"
        )
    return gate(row.why, is_open=calibration.proven)


def _never_calibrated(identity: Identity, known: Known) -> str:
    if any(one.decision_class == identity.decision_class for one in known):
        return "nothing has been calibrated for this model, prompt and version yet, and others do not count"
    return "nothing has been calibrated yet"

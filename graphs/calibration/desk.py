"""The calibration desk: measures decision classes, says where each stands, and why; each calibration on record."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from graphs.agents.gate import Identity
from graphs.audit import AuditRecord
from graphs.calibration.calibration import Calibration, calibrate
from graphs.calibration.coverage import REFERENCE, traffic_of
from graphs.calibration.reading import OutcomeReading, day_tallies
from graphs.calibration.recorded import outcome_of
from graphs.calibration.standing import Standing, standings
from graphs.calibration.target import AskedClass, Target, asked_classes, target_of
from graphs.errors import NotFound, PermissionMissing
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.calibration_tables import CLOSED, OPEN, AgentCalibrationRow
from graphs.store.calibrations import Calibrations
from graphs.store.database import UnitOfWork
from graphs.store.outcomes import Outcomes
from graphs.store.people import AGENT, Actor

READ: Final = "case.read"
CALIBRATE: Final = "agents.calibrate"
MADE: Final = "calibration.made"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationOrder:
    """What to calibrate: everything that was reviewed, or only a class, a model, a prompt (`name@n` or its digest).

    A dry run shows what would be found, and changes nothing.
    """

    decision_class: str | None = None
    model: str | None = None
    prompt: str | None = None
    dry_run: bool = False
    reason: str = ""

    def covers(self, identity: Identity, asked: AskedClass) -> bool:
        """Whether the identity is meant; only what the class asks now can be calibrated by a prompt's name."""
        prompt = asked.asks.prompt
        named = self.prompt == prompt.reference and identity.prompt_digest == prompt.digest
        return (
            self.decision_class in (None, identity.decision_class)
            and self.model in (None, identity.model)
            and (
                self.prompt is None
                or named
                or (len(self.prompt) > 7 and identity.prompt_digest.startswith(self.prompt))
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrated:
    """What came of one identity: `looks` counts its calibrations, this one included. Without a target there is none."""

    identity: Identity
    calibration: Calibration | None
    opened: bool
    why: str
    looks: int
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationDesk:
    """Calibrates and shows; what is not proven stays with people."""

    services: Services

    async def status(self, actor: Actor) -> list[Standing]:
        """Where every decision class that some process asks stands. Raises `PermissionMissing`."""
        require(actor, READ)
        await OutcomeReading(services=self.services).of_tenant(actor.tenant)
        targets = await self._targets(actor.tenant)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await standings(unit, actor.tenant, asked_classes(self.services.registry), targets)

    async def calibrate(self, actor: Actor, order: CalibrationOrder) -> list[Calibrated]:
        """Calibrate what the order covers, all in one transaction, each with its audit entry.

        Raises `PermissionMissing`, `Invalid` without a reason, or `NotFound` where nothing reviewed is meant.
        """
        require(actor, CALIBRATE)
        if actor.kind == AGENT:
            raise PermissionMissing("an agent is calibrated by people only")
        if not order.dry_run:
            check_reason(order.reason)
        classes = asked_classes(self.services.registry)
        known = sorted({name for name, _ in classes})
        if order.decision_class is not None and order.decision_class not in known:
            raise NotFound(f"no process asks {order.decision_class!r}; there are {', '.join(known) or 'none'}")
        await OutcomeReading(services=self.services).of_tenant(actor.tenant)
        targets = await self._targets(actor.tenant)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await Calibrations(unit.session, actor.tenant).alone()
            meant = await self._meant(unit, actor.tenant, order, classes)
            return [
                await self._calibrated(unit, actor, order, one, classes[_key(one)], targets[_key(one)]) for one in meant
            ]

    async def _targets(self, tenant: str) -> Mapping[tuple[str, int], Target]:
        classes = asked_classes(self.services.registry)
        return {key: await target_of(self.services, tenant, asked) for key, asked in classes.items()}

    async def _meant(
        self, unit: UnitOfWork, tenant: str, order: CalibrationOrder, classes: Mapping[tuple[str, int], AskedClass]
    ) -> Sequence[Identity]:
        reviewed = [one for one in await Outcomes(unit.session, tenant).identities() if _key(one) in classes]
        meant = [one for one in reviewed if order.covers(one, classes[_key(one)])]
        if not meant:
            raise NotFound(
                "no reviewed decisions of that class, model and prompt yet: people's answers are what is needed"
            )
        return sorted(meant, key=lambda one: (one.decision_class, one.class_version, one.model, one.prompt_digest))

    async def _calibrated(
        self,
        unit: UnitOfWork,
        actor: Actor,
        order: CalibrationOrder,
        identity: Identity,
        asked: AskedClass,
        target: Target,
    ) -> Calibrated:
        calibrations = Calibrations(unit.session, actor.tenant)
        looks = len(await calibrations.made_for(identity))
        if target.bps is None:
            return Calibrated(identity=identity, calibration=None, opened=False, why=target.why, looks=looks)
        after, since = await calibrations.forgotten_upto(identity)
        outcomes = Outcomes(unit.session, actor.tenant)
        reviews = [outcome_of(row) for row in await outcomes.of(identity, after=after)]
        tallies = day_tallies(await outcomes.tallies(identity, since=since.astimezone(UTC).date() if since else None))
        traffic = traffic_of(tallies, decisions=REFERENCE)
        found = await asyncio.to_thread(calibrate, reviews, identity, target_bps=target.bps, traffic=traffic)
        opened = found.proven and asked.asks.alone
        why = found.why if asked.asks.alone else f"a person always decides, whatever is measured ({found.why})"
        if after:
            why += "; only what was reviewed since drift closed the gate counts"
        if order.dry_run:
            return Calibrated(identity=identity, calibration=found, opened=opened, why=why, looks=looks)
        row = await self._row(unit, actor, found, opened=opened, why=why)
        await calibrations.add(row)
        unit.record(actor.tenant, _record(actor, row, found, order.reason))
        return Calibrated(identity=identity, calibration=found, opened=opened, why=why, looks=looks + 1, id=row.id)

    async def _row(
        self, unit: UnitOfWork, actor: Actor, found: Calibration, *, opened: bool, why: str
    ) -> AgentCalibrationRow:
        reading = await Outcomes(unit.session, actor.tenant).reading()
        return AgentCalibrationRow(
            id=str(uuid.uuid4()),
            tenant=actor.tenant,
            decision_class=found.decision_class,
            class_version=found.class_version,
            model=found.model,
            prompt_digest=found.prompt_digest,
            made_at=self.services.clock(),
            made_by=actor.user_id,
            upto_seq=reading,
            calibration=found.model_dump(mode="json"),
            digest=found.digest,
            status=OPEN if opened else CLOSED,
            why=why,
        )


def _key(identity: Identity) -> tuple[str, int]:
    return identity.decision_class, identity.class_version


def _record(actor: Actor, row: AgentCalibrationRow, found: Calibration, reason: str) -> AuditRecord:
    values = {
        "calibration": row.id,
        "digest": row.digest,
        "class": row.decision_class,
        "class_version": row.class_version,
        "model": row.model,
        "prompt_digest": row.prompt_digest,
        "status": row.status,
        "why": row.why,
        "target_bps": found.target_bps,
        "threshold_bps": found.threshold_bps,
        "counts": found.counts.model_dump(mode="json"),
        "reason": reason,
    }
    return AuditRecord(kind=MADE, actor=actor.user_id, values=values)

"""Retention: how long finished cases are kept, by process and status, and the run that sees to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from graphs.audit import WORKER, AuditRecord
from graphs.compaction import compact_cases
from graphs.erasure import erase_case
from graphs.errors import Invalid, NotFound
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.cases import ENDED
from graphs.store.database import UnitOfWork
from graphs.store.erasure import Erasure
from graphs.store.people import Actor
from graphs.store.retention import TO_COMPACT, TO_ERASE, Retained, ages, policy_for
from graphs.store.retention_tables import ANY, RetentionPolicy

RUN = "retention.run"
POLICY = "retention.policy"
READ = "case.read"
BATCH = 100
"""Cases in one transaction: short locks, and what was done stays done."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRun:
    """How many cases were, or would be, compacted and erased."""

    compacted: int = 0
    erased: int = 0

    def __add__(self, other: RetentionRun) -> RetentionRun:
        """Both together."""
        return RetentionRun(compacted=self.compacted + other.compacted, erased=self.erased + other.erased)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionSweep:
    """Applies the tenants' policies. Safe to run in every worker at once, and to be stopped at any moment."""

    services: Services
    batch: int = BATCH

    async def run(self) -> RetentionRun:
        """Apply the policies of every tenant."""
        async with self.services.database.unit_of_work() as unit:
            tenants = await unit.people.tenants()
        done = RetentionRun()
        for tenant in tenants:
            done += await self.of_tenant(tenant, actor=WORKER)
        return done

    async def of_tenant(self, tenant: str, *, actor: str, dry: bool = False) -> RetentionRun:
        """Apply a tenant's policies, or count what would be done."""
        now = self.services.clock()
        async with self.services.database.unit_of_work(tenant) as unit:
            retained = Retained(unit.session)
            policies = await retained.policies()
            kinds = await retained.kinds() if policies else []
        done = RetentionRun()
        for kind in kinds:
            compact_after, erase_after = ages(policy_for(policies, *kind))
            if erase_after is not None:
                done += RetentionRun(erased=await self._all(tenant, kind, TO_ERASE, now - erase_after, actor, dry))
            if compact_after is not None:
                done += RetentionRun(
                    compacted=await self._all(tenant, kind, TO_COMPACT, now - compact_after, actor, dry)
                )
        log.info("retention.run", tenant=tenant, compacted=done.compacted, erased=done.erased, dry=dry)
        return done

    async def _all(
        self, tenant: str, kind: tuple[str, str], state: str, before: datetime, actor: str, dry: bool
    ) -> int:
        if dry:
            async with self.services.database.unit_of_work(tenant) as unit:
                return await Retained(unit.session).due(tenant, state=state, kind=kind, before=before)
        done = 0
        while batch := await self._one_batch(tenant, kind, state, before, actor):
            done += batch
        return done

    async def _one_batch(self, tenant: str, kind: tuple[str, str], state: str, before: datetime, actor: str) -> int:
        now = self.services.clock()
        async with self.services.database.unit_of_work(tenant) as unit:
            found = await Retained(unit.session).candidates(
                tenant, state=state, kind=kind, before=before, limit=self.batch
            )
            if not found:
                return 0
            if state == TO_COMPACT:
                await compact_cases(unit, tenant, found, now=now)
                unit.record(tenant, AuditRecord(kind="retention.compacted", actor=actor, values={"cases": found}))
                return len(found)
            await self._erase(unit, tenant, found, now)
            values = {"what": "age", "cases": found, "process": kind[0], "status": kind[1]}
            unit.record(tenant, AuditRecord(kind="retention.erased", actor=actor, values=values))
            return len(found)

    async def _erase(self, unit: UnitOfWork, tenant: str, found: Sequence[str], now: datetime) -> None:
        for case_id in found:
            await erase_case(unit, tenant, case_id)
        await Erasure(unit.session, tenant).mark(found, now=now)
        await Retained(unit.session).drop_jobs(tenant, found)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionDesk:
    """Sets policies and runs them at once, for those who may."""

    services: Services

    async def policies(self, actor: Actor) -> Sequence[RetentionPolicy]:
        """The tenant's policies. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await Retained(unit.session).policies()

    async def set_policy(
        self,
        actor: Actor,
        *,
        process: str,
        status: str,
        compact_after: timedelta | None,
        erase_after: timedelta | None,
    ) -> RetentionPolicy:
        """Set how long cases of a process that ended with a status are kept; without an age, for ever.

        Raises `PermissionMissing`, `NotFound` for an unknown process, or `Invalid`.
        """
        require(actor, POLICY)
        known = {definition.name for definition in self.services.registry}
        if process not in (ANY, *known):
            raise NotFound(f"no process is called {process!r}; there are {', '.join(sorted(known))}")
        if status not in (ANY, *ENDED):
            raise Invalid(f"status: one of {', '.join((ANY, *ENDED))}")
        if any(age is not None and age < timedelta(0) for age in (compact_after, erase_after)):
            raise Invalid("an age is not negative")
        policy = RetentionPolicy(
            tenant=actor.tenant,
            process=process,
            status=status,
            compact_after=compact_after,
            erase_after=erase_after,
            set_by=actor.user_id,
            since=self.services.clock(),
        )
        values = {
            "process": process,
            "status": status,
            "compact_after_days": compact_after / timedelta(days=1) if compact_after is not None else None,
            "erase_after_days": erase_after / timedelta(days=1) if erase_after is not None else None,
        }
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            await Retained(unit.session).set_policy(policy)
            unit.record(actor.tenant, AuditRecord(kind="retention.policy_set", actor=actor.user_id, values=values))
        return policy

    async def run(self, actor: Actor, *, dry: bool) -> RetentionRun:
        """Apply the tenant's policies now, or count what would be done. Raises `PermissionMissing`."""
        require(actor, RUN)
        return await RetentionSweep(services=self.services).of_tenant(actor.tenant, actor=actor.user_id, dry=dry)

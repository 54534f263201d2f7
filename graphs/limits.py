"""Limits of targets: an operator sees how each target stands and sets what it takes."""

from __future__ import annotations

from dataclasses import dataclass

from graphs.audit import AuditRecord
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.admission import Targets, TargetState
from graphs.store.admission_tables import TargetLimit
from graphs.store.people import Actor
from tools.limits import TargetLimits

SET = "limit.set"
READ = "case.read"


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDesk:
    """Shows and sets limits, with an audit entry in the same transaction."""

    services: Services

    async def listed(self, actor: Actor) -> list[TargetState]:
        """Every target that was limited, counted or waited for, by name. Raises `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await Targets(unit.session).listed(now=self.services.clock())

    async def set(self, actor: Actor, target: str, limits: TargetLimits) -> TargetState:
        """Set what the target takes, in place of what was set before and of what its tools declare.

        Calls under way keep their slots; whoever waits for the target asks again now. Raises `PermissionMissing`.
        """
        require(actor, SET)
        now = self.services.clock()
        row = TargetLimit(
            tenant=actor.tenant,
            target=target,
            max_concurrent=limits.max_concurrent,
            rate_calls=limits.rate.calls if limits.rate else None,
            rate_per=limits.rate.per if limits.rate else None,
            rate_burst=limits.rate.burst if limits.rate else None,
            breaker_failures=limits.breaker.failures if limits.breaker else None,
            breaker_cool_down=limits.breaker.cool_down if limits.breaker else None,
            set_by=actor.user_id,
            since=now,
        )
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            targets = Targets(unit.session)
            await targets.set_limits(row)
            await targets.end_line(actor.tenant, target, now=now)
            values = row.model_dump(exclude={"tenant", "set_by", "since", "rate_per", "breaker_cool_down"})
            values["rate_per_seconds"] = str(limits.rate.per.total_seconds()) if limits.rate else None
            seconds = str(limits.breaker.cool_down.total_seconds()) if limits.breaker else None
            unit.record(
                actor.tenant,
                AuditRecord(
                    kind="limit.set", actor=actor.user_id, values={**values, "breaker_cool_down_seconds": seconds}
                ),
            )
            [state] = [found for found in await targets.listed(now=now) if found.target == target]
            return state

"""Limits, switches and the state of targets. What must not be torn apart by a dying worker is one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from graphs.store.admission_tables import Switch, Target, TargetLimit, TargetSlot
from graphs.store.tables import Timer

WAITS_FOR_SWITCH = "switch"
"""The `subject` of a timer whose case goes on when a switch is turned on again."""
WAITS_FOR_TURN = "turn"
"""The `subject` of a timer whose case waits in the line of a target."""

ADMIT = text(
    "SELECT * FROM admit_call(:tenant, :target, :holder, :case_id, :now, :until, "
    "CAST(:slots AS integer), CAST(:interval AS interval), CAST(:burst AS integer), :guarded)"
)
TURN = text(
    """
    INSERT INTO targets AS known (tenant, target, breaker, failures, next_turn_at)
    VALUES (:tenant, :target, 'closed', 0, CAST(:earliest AS timestamptz))
    ON CONFLICT (tenant, target) DO UPDATE SET next_turn_at = least(
      greatest(excluded.next_turn_at, known.next_turn_at + CAST(:pause AS interval)), CAST(:latest AS timestamptz))
    RETURNING next_turn_at
    """
)
NO_LINE = text("UPDATE targets SET next_turn_at = NULL WHERE tenant = :tenant AND target = :target")
ALL_AT_ONCE = text(
    """
    UPDATE timers SET due_at = :now WHERE id IN (
      SELECT id FROM timers WHERE tenant = :tenant AND subject = 'turn' AND status = 'set' AND due_at > :now
        AND subject_id = CAST(:target AS text) || '/' || case_id FOR UPDATE SKIP LOCKED)
    """
)
"""Whose timer is locked is about to go on by itself."""
SETTLE = text(
    "SELECT * FROM settle_call(:tenant, :target, :holder, :now, CAST(:slot AS integer), :outcome, "
    "CAST(:failures AS integer), CAST(:cool_down AS interval))"
)
WAITING = text("SELECT left(subject_id, -length(case_id) - 1) FROM timers WHERE subject = 'turn' AND status = 'set'")
NOTICE = text("""
SELECT tenant, 'switch' AS what, scope AS target, name, reason, since AS at, NULL::integer AS failures,
       NULL::integer AS slots, NULL::integer AS calls, NULL::interval AS per, NULL::integer AS burst,
       NULL::integer AS threshold, NULL::interval AS cool_down
  FROM switches WHERE off
UNION ALL
SELECT tenant, 'limits', target, NULL, NULL, NULL, NULL, max_concurrent, rate_calls, rate_per, rate_burst,
       breaker_failures, breaker_cool_down
  FROM target_limits
UNION ALL
SELECT tenant, 'breaker', target, breaker, NULL, retry_at, failures, NULL, NULL, NULL, NULL, NULL, NULL
  FROM targets WHERE breaker <> 'closed' OR failures > 0
UNION ALL
SELECT tenant, 'levels', process, NULL, NULL, NULL, max(version), NULL, NULL, NULL, NULL, NULL, NULL
  FROM service_levels GROUP BY tenant, process
UNION ALL
SELECT tenant, 'calendar', name, NULL, NULL, NULL, max(version), NULL, NULL, NULL, NULL, NULL, NULL
  FROM calendars GROUP BY tenant, name
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class Admittance:
    """The answer to a call that wants to be made.

    `verdict` is `admitted`, `no_slot`, `rate_limited`, `open` or `half_open`; `ask_at` is when a refused one may be
    asked again. `probe` says that the breaker's next state hangs on this call.
    """

    verdict: str
    ask_at: datetime | None
    slot: int | None
    probe: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerState:
    """`state` is `closed`, `open` or `half_open`; `retry_at` is the instant at which it is asked anew."""

    state: str
    failures: int
    retry_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """A target as operators see it; each part is None where there is no row."""

    target: str
    state: Target | None
    limits: TargetLimit | None
    held: int
    waiting: int


class Targets:
    """The rows of targets: breaker, token bucket, slots, limits."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def notice(self) -> Sequence[Any]:
        """All that is off, limited or in trouble, in one read: `what` is `switch`, `limits` or `breaker`."""
        return (await self._session.execute(NOTICE)).all()

    async def admit(
        self,
        *,
        tenant: str,
        target: str,
        holder: str,
        case_id: str,
        now: datetime,
        until: datetime,
        slots: int | None,
        interval: timedelta | None,
        burst: int | None,
        guarded: bool,
    ) -> Admittance:
        """Ask breaker, token bucket and slots, in this order; only an admitted call takes anything.

        A slot is held until `until`, then it is free whatever became of its holder.
        """
        values: Mapping[str, Any] = {
            "tenant": tenant,
            "target": target,
            "holder": holder,
            "case_id": case_id,
            "now": now,
            "until": until,
            "slots": slots,
            "interval": interval,
            "burst": burst,
            "guarded": guarded,
        }
        row = (await self._session.execute(ADMIT, values)).one()
        return Admittance(verdict=row.verdict, ask_at=row.ask_at, slot=row.slot, probe=row.probe)

    async def turn(
        self, tenant: str, target: str, *, pause: timedelta, earliest: datetime, latest: datetime
    ) -> datetime:
        """The instant at which a refused case asks again: `pause` after the last one that waits, between both bounds.

        The target stays locked until the transaction ends (primary key).
        """
        values = {"tenant": tenant, "target": target, "pause": pause, "earliest": earliest, "latest": latest}
        turn: datetime = (await self._session.execute(TURN, values)).scalar_one()
        return turn

    async def end_line(self, tenant: str, target: str, *, now: datetime) -> None:
        """Let all that wait in the target's line ask again now (primary key, index `timer_of_subject`)."""
        values = {"tenant": tenant, "target": target}
        await self._session.execute(NO_LINE, values)
        await self._session.execute(ALL_AT_ONCE, {**values, "now": now})

    async def settle(
        self,
        *,
        tenant: str,
        target: str,
        holder: str,
        now: datetime,
        slot: int | None,
        outcome: str,
        failures: int | None,
        cool_down: timedelta | None,
    ) -> tuple[BreakerState, bool]:
        """Give the slot back and tell the breaker; says how the breaker stands, and whether this changed it.

        `outcome` is `answered`, `failed` or `none` (nothing is known of the target). A holder that has lost its slot
        or its probe meanwhile changes nothing.
        """
        values: Mapping[str, Any] = {
            "tenant": tenant,
            "target": target,
            "holder": holder,
            "now": now,
            "slot": slot,
            "outcome": outcome,
            "failures": failures,
            "cool_down": cool_down,
        }
        row = (await self._session.execute(SETTLE, values)).one()
        return BreakerState(state=row.breaker, failures=row.failures, retry_at=row.retry_at), row.changed

    async def set_limits(self, limits: TargetLimit) -> None:
        """Set the target's limits, in place of those that were set before."""
        values = limits.model_dump()
        changed = {name: value for name, value in values.items() if name not in ("tenant", "target")}
        query = insert(TargetLimit).values(**values)
        await self._session.execute(query.on_conflict_do_update(index_elements=["tenant", "target"], set_=changed))

    async def listed(self, *, now: datetime) -> list[TargetState]:
        """Every target that was limited, counted or waited for, by name (primary keys; index `timer_of_subject`)."""
        states = {row.target: row for row in (await self._session.execute(select(Target))).scalars()}
        limits = {row.target: row for row in (await self._session.execute(select(TargetLimit))).scalars()}
        query = select(col(TargetSlot.target), func.count()).where(col(TargetSlot.held_until) > now)
        held = {row[0]: row[1] for row in (await self._session.execute(query.group_by(col(TargetSlot.target)))).all()}
        waiting = Counter((await self._session.execute(WAITING)).scalars())
        return [
            TargetState(
                target=name,
                state=states.get(name),
                limits=limits.get(name),
                held=held.get(name, 0),
                waiting=waiting[name],
            )
            for name in sorted({*states, *limits})
        ]


class Switches:
    """The rows of kill switches."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in `session`'s transaction."""
        self._session = session

    async def lock(self, scope: str, name: str, *, share: bool = False) -> Switch | None:
        """The switch, locked until the transaction ends: against a change, or (`share`) only against a turn."""
        query = select(Switch).where(col(Switch.scope) == scope, col(Switch.name) == name)
        return (await self._session.execute(query.with_for_update(read=share))).scalar_one_or_none()

    async def set(self, switch: Switch) -> None:
        """Insert or turn the switch."""
        values = switch.model_dump()
        changed = {name: value for name, value in values.items() if name not in ("tenant", "scope", "name")}
        query = insert(Switch).values(**values)
        await self._session.execute(
            query.on_conflict_do_update(index_elements=["tenant", "scope", "name"], set_=changed)
        )

    async def listed(self) -> Sequence[Switch]:
        """Every switch that was ever turned, those that are off first."""
        query = select(Switch).order_by(col(Switch.off).desc(), col(Switch.scope), col(Switch.name))
        return (await self._session.execute(query)).scalars().all()

    async def waiting(self) -> dict[str, int]:
        """How many cases wait for a switch, by `scope/name` (index `timer_of_subject`)."""
        query = select(col(Timer.subject_id)).where(col(Timer.subject) == WAITS_FOR_SWITCH, col(Timer.status) == "set")
        found: dict[str, int] = {}
        for subject_id in (await self._session.execute(query)).scalars():
            switch = subject_id.rpartition("/")[0]
            found[switch] = found.get(switch, 0) + 1
        return found

    async def wake(self, scope: str, name: str) -> Sequence[str]:
        """Fire the timers of all cases that wait for the switch; their ids (index `timer_of_subject`)."""
        query = (
            update(Timer)
            .where(col(Timer.subject) == WAITS_FOR_SWITCH, col(Timer.status) == "set")
            .where(func.starts_with(col(Timer.subject_id), waiting_for(scope, name)))
            .values(status="fired")
            .returning(col(Timer.case_id))
        )
        return (await self._session.execute(query)).scalars().all()


def in_line(target: str, case_id: str) -> str:
    """The `subject_id` of the timer of a case that waits in the target's line."""
    return f"{target}/{case_id}"


def waiting_for(scope: str, name: str, case_id: str = "") -> str:
    """The `subject_id` of a case's timer, or what those of all cases that wait for the switch begin with."""
    return f"{scope}/{name}/{case_id}"

"""What a process knows of switches, limits, breakers, active rule packs and service levels, as of one read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from graphs.store.admission import BreakerState
from graphs.store.admission_tables import TargetLimit
from graphs.store.packs import Activation
from tools.limits import UNLIMITED, Breaker, Rate, TargetLimits

NEVER = float("-inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """`read_at` is in seconds of a monotonic clock; every key begins with a tenant.

    `off` holds the reason by tenant, scope and name. What the process itself makes of a breaker goes into `breakers`.
    """

    read_at: float = NEVER
    tenants: frozenset[str] = frozenset()
    off: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    limits: Mapping[tuple[str, str], TargetLimits] = field(default_factory=dict)
    breakers: dict[tuple[str, str], BreakerState] = field(default_factory=dict)
    packs: Mapping[tuple[str, str], Sequence[Activation]] = field(default_factory=dict)
    """Newest first."""
    levels: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """The newest version of the service levels, by process."""
    calendars: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """The newest version of each calendar, by name."""


def view_of(
    rows: Iterable[Any],
    packs: Mapping[tuple[str, str], Sequence[Activation]],
    *,
    read_at: float,
    tenants: frozenset[str],
) -> View:
    """The rows of `Targets.notice` and what `Packs.in_force` found, as a view."""
    off: dict[tuple[str, str, str], str] = {}
    limits: dict[tuple[str, str], TargetLimits] = {}
    breakers: dict[tuple[str, str], BreakerState] = {}
    versions: dict[str, dict[tuple[str, str], int]] = {"levels": {}, "calendar": {}}
    for row in rows:
        if row.what == "switch":
            off[row.tenant, row.target, row.name] = row.reason
        elif row.what == "limits":
            limits[row.tenant, row.target] = target_limits(
                slots=row.slots,
                calls=row.calls,
                per=row.per,
                burst=row.burst,
                failures=row.threshold,
                cool_down=row.cool_down,
            )
        elif row.what in versions:
            versions[row.what][row.tenant, row.target] = row.failures
        else:
            breakers[row.tenant, row.target] = BreakerState(state=row.name, failures=row.failures, retry_at=row.at)
    return View(
        read_at=read_at,
        tenants=tenants,
        off=off,
        limits=limits,
        breakers=breakers,
        packs=packs,
        levels=versions["levels"],
        calendars=versions["calendar"],
    )


def limits_of(row: TargetLimit) -> TargetLimits:
    """The limits that stand in a row."""
    return target_limits(
        slots=row.max_concurrent,
        calls=row.rate_calls,
        per=row.rate_per,
        burst=row.rate_burst,
        failures=row.breaker_failures,
        cool_down=row.breaker_cool_down,
    )


def target_limits(
    *,
    slots: int | None,
    calls: int | None,
    per: timedelta | None,
    burst: int | None,
    failures: int | None,
    cool_down: timedelta | None,
) -> TargetLimits:
    """Limits from the columns of a row; a part is there if all its columns are."""
    rate = Rate(calls=calls, per=per, burst=burst) if calls and per and burst else None
    breaker = Breaker(failures=failures, cool_down=cool_down) if failures and cool_down else None
    limits = TargetLimits(max_concurrent=slots, rate=rate, breaker=breaker)
    return UNLIMITED if limits == UNLIMITED else limits

"""What the invariant checker looks at: everything the database and the target say, read at one instant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import TextClause, text

from graphs.audit import ChainEntry, Problem
from graphs.state import merge_sections
from graphs.store.database import Database, UnitOfWork

T = TypeVar("T")
ALIVE_SECONDS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One write at the target."""

    key: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One audit entry with its values; one with a `visit` is that visit's journal too."""

    seq: int
    kind: str
    actor: str
    step: str | None
    visit: int | None
    values: Mapping[str, Any]

    @classmethod
    def of(cls, entry: ChainEntry, values: Mapping[str, Any]) -> Entry:
        return cls(seq=entry.seq, kind=entry.kind, actor=entry.actor, step=entry.step, visit=entry.visit, values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseSeen:
    """A case row; `amount` is what its journal says is to be written, None if it never learnt that.

    `leased` says whether its lease is in force: one that ran out is nobody's, but still has an owner's name.
    `journaled` is the number of visits that the case row says stand in the journal, `covered` those that its
    checkpoint holds, None without one.
    """

    id: str
    tenant: str
    process: str
    trigger_key: str
    status: str
    created_by: str
    lease_owner: str | None
    leased: bool
    journaled: int
    covered: int | None
    amount: int | None
    visits: tuple[tuple[str, int], ...]
    trail: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSeen:
    id: str
    case_id: str
    status: str
    assignee_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSeen:
    key: str
    case_id: str
    status: str
    amount: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerSeen:
    case_id: str
    subject: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionSeen:
    """What a case waits for, or has received."""

    case_id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSeen:
    """What a person ordered the case to do."""

    case_id: str
    kind: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentSeen:
    case_id: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSeen:
    """A job of the queue; `attended` says whether the worker that took it still gives signs of life."""

    id: int
    status: str
    attended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """`accepted` maps each acknowledged trigger key to the case that its sender was told."""

    accepted: Mapping[str, str]
    lines: tuple[Line, ...]
    cases: tuple[CaseSeen, ...]
    tasks: tuple[TaskSeen, ...]
    effects: tuple[EffectSeen, ...]
    timers: tuple[TimerSeen, ...]
    incidents: tuple[IncidentSeen, ...]
    subscriptions: tuple[SubscriptionSeen, ...]
    orders: tuple[OrderSeen, ...]
    jobs: tuple[JobSeen, ...]
    chain: Mapping[str, tuple[Problem, ...]]
    files: tuple[str, ...] = ()
    processes: tuple[int, ...] = ()


CASES = text(
    """
    SELECT c.id, c.tenant, c.process, c.trigger_key, c.status, c.created_by, c.lease_owner, c.journaled, k.covered,
           coalesce(c.lease_until > clock_timestamp(), false) AS leased
    FROM cases c LEFT JOIN checkpoints k ON k.thread = c.id AND k.namespace = '' AND k.slot = ''
    ORDER BY c.created_at, c.id
    """
)
TASKS = text("SELECT id, case_id, status, assignee_id FROM tasks")
EFFECTS = text("SELECT idempotency_key, case_id, status, arguments FROM effects")
TIMERS = text("SELECT case_id, subject, status FROM timers")
INCIDENTS = text("SELECT case_id, status FROM incidents")
SUBSCRIPTIONS = text("SELECT case_id, status FROM subscriptions")
ORDERS = text("SELECT case_id, kind, status FROM steerings")
JOBS = text(
    """
    SELECT j.id, j.status::text, coalesce(w.last_heartbeat > now() - make_interval(secs => :alive), false) AS attended
    FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
    """
)


def lines_of(ledger: Path | Iterable[tuple[str, int]]) -> tuple[Line, ...]:
    """The target's lines: from its file of `key amount`, or from what an in-memory target has written."""
    if isinstance(ledger, Path):
        words = (line.split(" ") for line in ledger.read_text().splitlines())
        return tuple(Line(key=key, amount=int(amount)) for key, amount in words)
    return tuple(Line(key=key, amount=amount) for key, amount in ledger)


async def gather(
    database: Database,
    ledger: Path | Iterable[tuple[str, int]],
    *,
    accepted: Mapping[str, str] | None = None,
    folder: Path | None = None,
    groups: Sequence[int] = (),
) -> Evidence:
    """Read everything as of one instant. `folder` is where temporary files would lie, `groups` whose processes end."""
    async with database.unit_of_work() as unit:
        tenants = list(await unit.people.tenants())
    async with database.unit_of_work(*tenants, snapshot=True) as unit:
        return Evidence(
            accepted=dict(accepted or {}),
            cases=tuple([await _case(unit, row) for row in (await unit.session.execute(CASES)).all()]),
            tasks=await _seen(unit, TaskSeen, TASKS),
            effects=tuple(_effect(row) for row in await unit.session.execute(EFFECTS)),
            timers=await _seen(unit, TimerSeen, TIMERS),
            incidents=await _seen(unit, IncidentSeen, INCIDENTS),
            subscriptions=await _seen(unit, SubscriptionSeen, SUBSCRIPTIONS),
            orders=await _seen(unit, OrderSeen, ORDERS),
            jobs=await _seen(unit, JobSeen, JOBS, alive=ALIVE_SECONDS),
            chain={tenant: (await unit.audit_log.verify(tenant)).problems for tenant in tenants},
            # The target last: a line that a case confirms while we read must not look like one that is missing.
            lines=lines_of(ledger),
            files=files_in(folder) if folder else (),
            processes=members_of(groups),
        )


async def _seen(unit: UnitOfWork, kind: Callable[..., T], query: TextClause, **parameters: int) -> tuple[T, ...]:
    """What the rows of a query say, whose columns are the fields of `kind`."""
    return tuple(kind(**row._mapping) for row in await unit.session.execute(query, parameters))


async def _case(unit: UnitOfWork, row: Any) -> CaseSeen:
    visits = await unit.journal.of_case(row.id)
    data: dict[str, Any] = {}
    for visit in visits:
        data = merge_sections(data, (visit.update or {}).get("data", {}))
    fact = data.get("facts", {}).get("amount")
    trail = await unit.audit_log.of_case(row.id)
    return CaseSeen(
        **row._mapping,
        amount=int(fact["value"]) if fact else None,
        visits=tuple((visit.name, visit.visit) for visit in visits),
        trail=tuple(Entry.of(*found) for found in trail),
    )


def _effect(row: Any) -> EffectSeen:
    amount = row.arguments.get("amount")
    return EffectSeen(key=row.idempotency_key, case_id=row.case_id, status=row.status, amount=amount)


def files_in(folder: Path) -> tuple[str, ...]:
    """Names of what lies in the folder."""
    return tuple(sorted(found.name for found in folder.iterdir())) if folder.exists() else ()


def members_of(groups: Sequence[int]) -> tuple[int, ...]:
    """Ids of living processes of these process groups."""
    if not groups:
        return ()
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return tuple(pid for pid in found if _group(pid) in groups)


def _group(pid: int) -> int | None:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    state, _parent, group = after_name[:3]
    return None if state == "Z" else int(group)

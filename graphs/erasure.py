"""Erasure of a person's values: first what would be erased, then, confirmed, exactly that.

The trail stays: an erased value leaves its commitment, and the chain verifies. What cannot be erased here stands in
`BEYOND`, and every answer says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from graphs.audit import AuditRecord
from graphs.compaction import kept_case
from graphs.errors import Conflict, Invalid
from graphs.holds import SHORTEST, refuse_held, refuse_held_user
from graphs.intake import check_reason, require
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.erasure import Erasure, FoundRow
from graphs.store.people import Actor
from graphs.store.retention import Retained
from graphs.store.sought import Sought
from policies.canonical import digest

ERASE = "retention.erase"
ORIGINALS = "documents"
BEYOND = (
    "systems that Interlock wrote to (ERP, mail): ask their owners",
    "backups, replicas and archived WAL, until they expire",
    "dead rows, until PostgreSQL vacuums them: as their owner, `VACUUM (FULL)` does so at once",
    "log files that were written or sent away before",
    "ids of users as actors in the audit trail: they are pseudonyms",
)
"""What an erasure cannot reach."""


class CaseUnderWay(Conflict):
    """A case that has not ended needs its values."""

    code = "case_under_way"


class ErasureChanged(Conflict):
    """What would be erased is no longer what was shown."""

    code = "erasure_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureRequest:
    """Exactly one of: a case (all of it, or the values called `names`), a text wherever it stands, a user."""

    case_id: str | None = None
    names: tuple[str, ...] = ()
    value: str | None = None
    user_id: str | None = None

    def __post_init__(self) -> None:
        """Raises `Invalid`."""
        if sum(given is not None for given in (self.case_id, self.value, self.user_id)) != 1:
            raise Invalid("say what to erase: a case, a value or a user")
        if self.names and self.case_id is None:
            raise Invalid("names: only within a case")
        if self.value is not None and len(self.value.strip()) < SHORTEST:
            raise Invalid(f"value: at least {SHORTEST} characters, or it is found everywhere")


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePlan:
    """What an erasure erases. `digest` binds a confirmation to it; it never stands in the trail."""

    digest: str
    rows: Mapping[str, int]
    columns: Mapping[str, Sequence[str]]
    cases: tuple[str, ...]
    kept_originals: tuple[str, ...]
    """Originals that other cases name, too."""
    erased: bool = False


@dataclass(slots=True, kw_only=True)
class _Draft:
    """A plan in the making."""

    sought: Sought
    rows: list[FoundRow] = field(default_factory=list)
    cases: set[str] = field(default_factory=set)
    originals: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureDesk:
    """Plans erasures, and carries out what was confirmed, with its audit entry, in one transaction."""

    services: Services

    async def plan(self, actor: Actor, request: ErasureRequest) -> ErasurePlan:
        """What would be erased. Raises as `erase` does."""
        require(actor, ERASE)
        async with self.services.database.unit_of_work(actor.tenant, snapshot=True) as unit:
            draft = await self._draft(unit, actor.tenant, request, lock=False)
            return plan_of(request, draft)

    async def erase(self, actor: Actor, request: ErasureRequest, *, reason: str, confirmed: str) -> ErasurePlan:
        """Erase what the plan with the digest `confirmed` lists.

        Raises `PermissionMissing`; `Invalid` without a reason, or with one that holds what is to be erased;
        `NotFound`; `OnLegalHold` or `CaseUnderWay`, which name the cases; `ErasureChanged` if the plan is outdated.
        """
        require(actor, ERASE)
        check_reason(reason)
        tenant = actor.tenant
        async with self.services.database.unit_of_work(tenant) as unit:
            draft = await self._draft(unit, tenant, request, lock=True)
            if any(text in reason for text in (*draft.sought.parts, *draft.sought.wholes)):
                raise Invalid("reason: it holds what is to be erased")
            plan = plan_of(request, draft)
            if plan.digest != confirmed:
                raise ErasureChanged("what would be erased has changed: look at it again")
            await self._carry_out(unit, tenant, request, draft)
            unit.record(tenant, erased(actor, request, plan, reason))
        return replace(plan, erased=True)

    async def _draft(self, unit: UnitOfWork, tenant: str, request: ErasureRequest, *, lock: bool) -> _Draft:
        erasure = Erasure(unit.session, tenant)
        draft = _Draft(sought=await sought_by(unit, erasure, request))
        draft.rows = await erasure.rows(await erasure.tables(), draft.sought, lock=lock)
        draft.cases = {row.case_id for row in draft.rows if row.case_id}
        if request.case_id is not None:
            draft.cases.add(request.case_id)
        await self._add_originals(erasure, request, draft)
        under_way = await erasure.under_way(sorted(draft.cases))
        if under_way:
            raise CaseUnderWay(f"{', '.join(under_way)} has not ended: a running case needs its values")
        await refuse_held(unit, tenant, sorted(draft.cases))
        if request.user_id is not None:
            await refuse_held_user(unit, request.user_id)
        return draft

    async def _add_originals(self, erasure: Erasure, request: ErasureRequest, draft: _Draft) -> None:
        """An original that a case was read from is taken to hold what was found in the case."""
        named = [] if request.user_id else await erasure.originals_of(sorted(draft.cases))
        found = [original_of(row) for row in draft.rows if row.table == ORIGINALS]
        originals = sorted({*named, *found})
        others = [(case, sha) for case, sha in await erasure.cases_with(originals) if case not in draft.cases]
        if request.case_id is None:
            draft.cases |= {case for case, _ in others}
            draft.originals = originals
            return
        draft.kept = sorted({sha for _, sha in others})
        draft.originals = [sha for sha in originals if sha not in draft.kept]

    async def _carry_out(self, unit: UnitOfWork, tenant: str, request: ErasureRequest, draft: _Draft) -> None:
        erasure = Erasure(unit.session, tenant)
        await erasure.erase(await erasure.tables(), draft.sought)
        await erasure.drop_originals(draft.originals)
        await Retained(unit.session).drop_jobs(tenant, sorted(draft.cases))
        if request.user_id is not None:
            await erasure.erase_person(request.user_id)
        if draft.sought.everything and request.case_id is not None:
            await erasure.mark([request.case_id], now=self.services.clock())


async def erase_case(unit: UnitOfWork, tenant: str, case_id: str) -> None:
    """Erase all of a finished case that the transaction has locked: what the retention run does."""
    erasure, sought = Erasure(unit.session, tenant), Sought(case_id=case_id, everything=True)
    originals = await erasure.originals_of([case_id])
    shared = {sha for case, sha in await erasure.cases_with(originals) if case != case_id}
    await erasure.erase(await erasure.tables(), sought)
    await erasure.drop_originals([sha for sha in originals if sha not in shared])


async def sought_by(unit: UnitOfWork, erasure: Erasure, request: ErasureRequest) -> Sought:
    """What a request looks for. Raises `NotFound`."""
    if request.value is not None:
        return Sought(parts=(request.value,))
    if request.user_id is not None:
        user = await erasure.person(request.user_id)
        return Sought(parts=(user.email,) if user.email else (), wholes=(user.login, user.name))
    if not request.names:
        await unit.cases.get(str(request.case_id))
        return Sought(case_id=request.case_id, everything=True)
    texts = await texts_called(unit, str(request.case_id), request.names)
    return Sought(
        parts=tuple(sorted(found for found in texts if len(found) >= SHORTEST)),
        wholes=tuple(sorted(found for found in texts if 0 < len(found) < SHORTEST)),
        names=request.names,
        case_id=request.case_id,
    )


async def texts_called(unit: UnitOfWork, case_id: str, names: Sequence[str]) -> set[str]:
    """Every text and number that stands under one of the names, anywhere in a case. Raises `NotFound`."""
    kept = await kept_case(unit, case_id)
    trail = [dict(values) for _, values in await unit.audit_log.of_case(case_id)]
    tasks = [[task.reasons, task.evidence, task.action, task.form, task.decision] for task in kept.tasks]
    effects = [[effect.arguments, effect.result] for effect in kept.effects]
    return {found for name in names for found in under(name, [kept.case.input, trail, tasks, effects])}


def under(name: str, data: Any) -> Iterable[str]:
    """The texts under a name; of a fact its value only, not its provenance."""
    match data:
        case list():
            for item in data:
                yield from under(name, item)
        case dict():
            for key, item in data.items():
                if key == name:
                    fact = isinstance(item, dict) and {"value", "source"} <= item.keys()
                    yield from leaves(item["value"] if fact else item)
                yield from under(name, item)
        case _:
            return


def leaves(data: Any) -> Iterable[str]:
    """The texts and numbers in `data`, as texts."""
    match data:
        case list():
            for item in data:
                yield from leaves(item)
        case dict():
            for item in data.values():
                yield from leaves(item)
        case bool() | None:
            return
        case _:
            yield str(data)


def original_of(row: FoundRow) -> str:
    """The SHA-256 in the key of a row of `documents`."""
    return row.key.strip("[]").split(", ")[1].strip('"')


def plan_of(request: ErasureRequest, draft: _Draft) -> ErasurePlan:
    """What is to be erased, counted by table."""
    rows = Counter(row.table for row in draft.rows if row.table != ORIGINALS)
    rows[ORIGINALS] = len(draft.originals)
    columns: dict[str, set[str]] = {}
    for row in draft.rows:
        columns.setdefault(row.table, set()).update(row.columns)
    if request.user_id is not None:
        rows["users"] = 1
    seen = [[row.table, row.key, list(row.columns)] for row in draft.rows]
    asked = [request.case_id, list(request.names), request.value, request.user_id]
    return ErasurePlan(
        digest=digest([asked, seen, draft.originals, draft.kept, sorted(draft.cases)]),
        rows={table: count for table, count in sorted(rows.items()) if count},
        columns={table: sorted(names) for table, names in sorted(columns.items())},
        cases=tuple(sorted(draft.cases)),
        kept_originals=tuple(draft.kept),
    )


def erased(actor: Actor, request: ErasureRequest, plan: ErasurePlan, reason: str) -> AuditRecord:
    """The audit entry: who, why, what kind and how many rows; never what."""
    what = "case" if request.case_id else "value" if request.value else "user"
    values: dict[str, Any] = {"what": what, "reason": reason, "rows": plan.rows, "cases": len(plan.cases)}
    if request.user_id:
        values["user"] = request.user_id
    if request.names:
        values["names"] = list(request.names)
    return AuditRecord(kind="retention.erased", actor=actor.user_id, case_id=request.case_id, values=values)

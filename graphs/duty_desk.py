"""Who may do a duty, asked of the acts on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from graphs.duties import BY_ANSWER, AskedDuty, Claimed, OnRecord, check_act
from graphs.errors import DutiesConflict
from graphs.store.database import Database, UnitOfWork
from graphs.store.duty_acts import DutyActs
from graphs.store.duty_registers import DutyRegisters
from policies.duties import DutyAct, DutyRules, SplitFound, split_by


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDesk:
    """Checks acts of one tenant by its own rules, or those of the `release` where it has set none."""

    database: Database
    release: DutyRules
    tenant: str

    async def claimed(self, acts: Sequence[DutyAct], *, limit_minor: int | None = None) -> Claimed:
        """The acts, if none is in conflict. Raises `DutiesConflict` with the earlier act."""
        async with self.database.unit_of_work(self.tenant) as unit:
            return Claimed(acts=[(act, await self._checked(unit, act, limit_minor)) for act in acts])

    async def last_on(self, acts: Sequence[DutyAct]) -> Claimed:
        """The acts, without asking whether they may be done: they have been already."""
        async with self.database.unit_of_work(self.tenant) as unit:
            record = DutyActs(unit.session, self.tenant)
            return Claimed(acts=[(act, await record.last_on(act.to)) for act in acts])

    async def unasked_split(self, act: DutyAct) -> SplitFound | None:
        """The split that the act would complete although nobody is asked about its parts; None if there is none."""
        if act.currency is None:
            return None
        async with self.database.unit_of_work(self.tenant) as unit:
            in_force = await self._rules(unit)
            rules = in_force.unasked(act.did)
            if not rules:
                return None
            record = await self._record(unit, act, in_force)
        for rule in rules:
            limit = rule.limits.get(act.currency)
            if limit is not None:
                found = split_by(rule, act, record.acts, limit_minor=limit, currency=act.currency)
                if found is not None:
                    return found
        return None

    async def barred(
        self, duties: Iterable[Mapping[str, Any]], limits: Mapping[str, int | None], *, at: datetime
    ) -> set[str]:
        """Those people, each given with their limit, who may not do one of a task's duties."""
        barred: set[str] = set()
        async with self.database.unit_of_work(self.tenant) as unit:
            rules = await self._rules(unit)
            for duty in (AskedDuty(**data) for data in duties):
                if duty.subject is None:
                    continue
                record = await self._record(unit, duty.act("", who="", at=at), rules)
                for person, limit in limits.items():
                    if _in_conflict(rules, duty.act("", who=person, at=at), record, limit):
                        barred.add(person)
        return barred

    async def _checked(self, unit: UnitOfWork, act: DutyAct, limit_minor: int | None) -> int:
        rules = await self._rules(unit)
        record = await self._record(unit, act, rules)
        involved = {person for other in record.acts for person in other.people} | act.people
        names = await unit.people.names(sorted(involved | ({act.asked_by} if act.asked_by else set())))
        check_act(rules, act, record, names=names, limit_minor=limit_minor)
        return record.seen

    async def _rules(self, unit: UnitOfWork) -> DutyRules:
        return await DutyRegisters(unit.session, self.tenant).in_force(self.release)

    async def _record(self, unit: UnitOfWork, act: DutyAct, rules: DutyRules) -> OnRecord:
        record = DutyActs(unit.session, self.tenant)
        # The number first: an act that is added between both queries is then one too many, never one too few.
        seen = await record.last_on(act.to)
        days = rules.days_back(act.did)
        since = None if days is None else datetime.combine(act.at.date() - timedelta(days=days), time(), UTC)
        others = rules.partners(act.did)
        beside = await record.beside(act.to, asked_by=act.asked_by, duty=act.did, others=others, since=since)
        return OnRecord(acts=beside, seen=seen)


def _in_conflict(rules: DutyRules, act: DutyAct, record: OnRecord, limit_minor: int | None) -> bool:
    try:
        check_act(rules, act, record, names={}, limit_minor=limit_minor)
    except DutiesConflict:
        return True
    return False


def acts_of_answer(
    duties: Iterable[Mapping[str, Any]], step: str, *, who: str, through: Sequence[str], at: datetime
) -> tuple[list[DutyAct], list[DutyAct]]:
    """What an approval does: the acts that are done with the answer, and those its effect will do.

    Raises `DutiesConflict` where the subject of one is not known.
    """
    done: list[DutyAct] = []
    later: list[DutyAct] = []
    for duty in (AskedDuty(**data) for data in duties):
        act = duty.act(step, who=who, also=through, at=at)
        (done if duty.by == BY_ANSWER else later).append(act)
    return done, later

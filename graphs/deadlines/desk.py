"""The deadline desk: calendars and service levels are set, shown and tried; the clocks of cases and tasks explained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from graphs.audit import AuditRecord
from graphs.deadlines.clock import Clock
from graphs.deadlines.explained import ExplainedClock, explained
from graphs.deadlines.level_shelf import ready
from graphs.errors import Conflict, Invalid, NotFound
from graphs.escalation.shown import ShownLadder, shown_ladder, tried_ladder
from graphs.intake import check_reason, require
from graphs.process import ProcessDefinition
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.deadline_tables import CalendarRow, ServiceLevelsRow
from graphs.store.deadlines import Clocks, DeadlineTexts
from graphs.store.escalations import Escalations
from graphs.store.levels_to_follow import new_mark
from graphs.store.people import Actor
from policies.calendar import Calendar
from policies.errors import InstantUnknown, PolicyError, RegisterInvalid
from policies.escalation import lint_ladders
from policies.escalation_due import planned
from policies.service_level import Scope, ServiceLevels, anchor_of
from policies.service_level_due import due
from policies.service_level_file import read_calendar, read_service_levels

SET = "deadline.set"
READ = "task.read"


class SetMeanwhile(Conflict):
    """Somebody else has set it at the same moment: look again."""

    code = "set_meanwhile"


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """What one level would make of an instant: the explanation, or why it cannot be said; with the ladder it has."""

    level: str
    applies: bool
    explanation: Mapping[str, Any] | None
    unknown: str | None
    ladder: ShownLadder | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadlineDesk:
    """Takes and shows texts, each with its audit entry in one transaction. Every method raises `PermissionMissing`."""

    services: Services

    async def calendars(self, actor: Actor) -> Sequence[CalendarRow]:
        """The tenant's calendars as they count."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await DeadlineTexts(unit.session, actor.tenant).calendars()

    async def calendar(self, actor: Actor, name: str) -> CalendarRow:
        """The calendar as it counts. Raises `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await _calendar(unit, actor.tenant, name)

    async def set_calendar(self, actor: Actor, yaml: str, *, reason: str) -> CalendarRow:
        """Put the calendar in the place of the one of its name; clocks counted in it are computed anew, by workers.

        Raises `Invalid` without a reason or for what is no calendar, `SetMeanwhile`.
        """
        require(actor, SET)
        check_reason(reason)
        calendar = await readable(yaml)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            texts = DeadlineTexts(unit.session, actor.tenant)
            before = await texts.calendar(calendar.calendar)
            row = CalendarRow(
                tenant=actor.tenant,
                name=calendar.calendar,
                version=before.version + 1 if before else 1,
                yaml=yaml,
                digest=calendar.digest,
                reason=reason,
                set_by=actor.user_id,
                since=now,
                followed=before is None,
            )
            if not await texts.add(row):
                raise SetMeanwhile(f"calendar {row.name} has just been set by somebody else")
            values = {"name": row.name, "version": row.version, "digest": row.digest, "yaml": yaml, "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="calendar.set", actor=actor.user_id, values=values))
        self.services.level_shelf.forget()
        return row

    async def levels(self, actor: Actor, process: str) -> ServiceLevelsRow:
        """The service levels of the process as they count. Raises `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            row = await DeadlineTexts(unit.session, actor.tenant).levels(process)
        if row is None:
            raise NotFound(f"no service levels are set for {process!r}")
        return row

    async def set_levels(self, actor: Actor, yaml: str, *, reason: str) -> ServiceLevelsRow:
        """Put the levels in the place of those of their process; they count for clocks that start from then on.

        Raises `Invalid` without a reason, for what are no levels, for a process, stage, step or calendar that is not
        there, or `SetMeanwhile`.
        """
        require(actor, SET)
        check_reason(reason)
        levels = _levels(yaml)
        check_names(levels, self.services.registry.latest(levels.process))
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            texts = DeadlineTexts(unit.session, actor.tenant)
            missing = sorted(levels.calendars - {row.name for row in await texts.calendars()})
            if missing:
                raise Invalid(f"there is no calendar {', '.join(missing)}: set it first")
            before = await texts.levels(levels.process)
            row = ServiceLevelsRow(
                tenant=actor.tenant,
                process=levels.process,
                version=before.version + 1 if before else 1,
                yaml=yaml,
                digest=levels.digest,
                reason=reason,
                set_by=actor.user_id,
                since=now,
                to_follow=new_mark(),
            )
            if not await texts.add(row):
                raise SetMeanwhile(f"the service levels of {row.process} have just been set by somebody else")
            named = {"process": row.process, "version": row.version, "digest": row.digest}
            values = {**named, "yaml": yaml, "reason": reason}
            unit.record(actor.tenant, AuditRecord(kind="service_levels.set", actor=actor.user_id, values=values))
        self.services.level_shelf.forget()
        return row

    async def simulate(
        self, actor: Actor, yaml: str, *, started_at: datetime, calendar: str | None, data: Mapping[str, Any]
    ) -> Sequence[Simulated]:
        """What each of these levels would make of a clock that starts then; `calendar` in the place of theirs.

        Raises `Invalid` for what are no levels, `NotFound` for a calendar that is not set.
        """
        require(actor, READ)
        levels = _levels(yaml)
        found: list[Simulated] = []
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            names = {level.name: calendar or levels.calendar_of(level) for level in levels.levels}
            rows = {name: await _calendar(unit, actor.tenant, name) for name in sorted(set(names.values()))}
        calendars = {name: await ready(read_calendar(row.yaml, name=name)) for name, row in rows.items()}
        for level in levels.levels:
            applies, explanation, unknown, ladder = False, None, None, levels.ladder_of(level, data)
            shown = None
            try:
                applies = all(condition.met_by(data) for condition in level.when)
                anchor = anchor_of(level.target, data)
                instant = due(level.target, calendars[names[level.name]], started_at, anchor=anchor)
                explanation = instant.explain()
                shown = tried_ladder(planned(ladder, instant)) if ladder is not None else None
            except InstantUnknown as error:
                unknown = str(error)
            found.append(
                Simulated(level=level.name, applies=applies, explanation=explanation, unknown=unknown, ladder=shown)
            )
        return found

    async def show(self, actor: Actor, case_or_task: str) -> Sequence[ExplainedClock]:
        """Every clock of the case or the task, with how its due instant came about. Raises `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            clocks = Clocks(unit.session)
            rows = await clocks.of_case(case_or_task) or await clocks.of_task(case_or_task)
            if not rows:
                await _check_there(unit, case_or_task)
            texts = DeadlineTexts(unit.session, actor.tenant)
            wanted = {(row.calendar, row.calendar_version) for row in rows}
            calendars = {key: await texts.calendar(*key) for key in wanted}
            reached = await Escalations(unit.session).of_clocks([row.id for row in rows])
        found: list[ExplainedClock] = []
        for clock in map(Clock.of, rows):
            one = await explained(clock, calendars[clock.calendar, clock.calendar_version])
            found.append(replace(one, ladder=shown_ladder(clock, reached)))
        return found


async def _check_there(unit: UnitOfWork, case_or_task: str) -> None:
    try:
        await unit.cases.get(case_or_task)
    except NotFound:
        try:
            await unit.inbox.get(case_or_task)
        except NotFound:
            raise NotFound(f"there is no case and no task {case_or_task}") from None


async def _calendar(unit: UnitOfWork, tenant: str, name: str) -> CalendarRow:
    row = await DeadlineTexts(unit.session, tenant).calendar(name)
    if row is None:
        raise NotFound(f"there is no calendar {name!r}")
    return row


async def readable(yaml: str) -> Calendar:
    """The calendar that the text is. Raises `Invalid`."""
    try:
        calendar = read_calendar(yaml, name="calendar")
        await ready(calendar)
    except RegisterInvalid as error:
        raise Invalid(str(error)) from error
    return calendar


def _levels(yaml: str) -> ServiceLevels:
    try:
        return read_service_levels(yaml, name="levels")
    except PolicyError as error:
        raise Invalid(str(error)) from error


def warnings_of(yaml: str) -> list[str]:
    """What the ladders of these levels say that is hardly meant; or why this release cannot read them."""
    try:
        levels = _levels(yaml)
    except Invalid as error:
        return [str(error)]
    return lint_ladders(levels.ladders, {level.name: level.scope.value for level in levels.levels})


def check_names(levels: ServiceLevels, definition: ProcessDefinition) -> None:
    """Raises `Invalid` for a stage or step that the process does not have: its clock would never start."""
    steps = {step.name for step in definition.steps}
    stages = {step.stage for step in definition.steps}
    for level in levels.levels:
        known = stages if level.scope is Scope.STAGE else steps
        named = {*level.of}
        unknown = sorted(named - known) + sorted({at for pause in level.pauses for at in pause.at_steps} - steps)
        if unknown:
            raise Invalid(f"level {level.name}: {definition.reference} has no {', '.join(unknown)}")

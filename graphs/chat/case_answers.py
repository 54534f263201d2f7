"""Answers about many cases: which ones, how many at each step, and what began and ended day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from graphs.chat.answer import Answer, Chart, Column, Row, Table
from graphs.chat.asker import READ, Asker
from graphs.chat.intent import OVER, CasesQuery, CountsQuery, ThroughputQuery
from graphs.intake import require
from graphs.store.chat_looks import CaseLook, ChatLooks, SeenCase
from graphs.store.database import UnitOfWork

MOST: Final = 200
OVER_WITHIN: Final = timedelta(days=90)
"""Of cases that are over, those that began since then are shown."""
OF_CASES: Final = ("case", "task", "incident", "steering")
CASE_COLUMNS: Final = (
    Column(id="title", kind="case"),
    Column(id="place", kind="name"),
    Column(id="who", kind="text"),
    Column(id="since", kind="since"),
    Column(id="deadline_at", kind="due"),
    Column(id="waits_for", kind="waits"),
    Column(id="status", kind="status"),
)
PROCESS: Final = Column(id="process", kind="text")
"""Shown where the cases are of several."""


async def cases(asker: Asker, query: CasesQuery) -> Answer:
    """The cases. Raises `PermissionMissing` or `Unclear`."""
    require(asker.actor, READ)
    process, about = asker.process(query.process), asker.about(query.about)
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        looks = ChatLooks(unit.session, asker.actor.tenant)
        if query.status in OVER:
            found = await looks.over(
                str(query.status), process=process, titled=query.titled, after=asker.now - OVER_WITHIN, limit=MOST
            )
            return Answer(text=_told(asker, "found.over", len(found)), table=await _table(asker, unit, found))
        waited = timedelta(minutes=query.waiting_minutes) if query.waiting_minutes else None
        look = CaseLook(
            process=process,
            status=query.status,
            before=asker.now - waited if waited else None,
            titled=query.titled,
            about=about,
            overdue=query.overdue,
        )
        found = await looks.cases(look, now=asker.now, limit=MOST)
        total = found[0].total if found else 0
        text = _told(asker, "found.case" if total == 1 else "found.cases", total)
        if total > len(found):
            text = (*text, asker.say("found.first", count=len(found), total=total))
        return Answer(text=text, table=await _table(asker, unit, found, total=total))


def _told(asker: Asker, key: str, count: int) -> tuple[str, ...]:
    return (asker.say(key, count=count) if count else asker.say("found.none"),)


async def _table(
    asker: Asker, unit: UnitOfWork, found: Sequence[SeenCase], *, total: int | None = None
) -> Table | None:
    if not found:
        return None
    names = await unit.people.names(sorted({case.assignee_id for case in found if case.assignee_id}))
    return Table(
        columns=CASE_COLUMNS if len({case.process for case in found}) == 1 else (*CASE_COLUMNS, PROCESS),
        rows=[case_row(asker, case, names) for case in found],
        total=len(found) if total is None else total,
        topics=OF_CASES,
    )


def case_row(asker: Asker, case: SeenCase, names: Mapping[str, str]) -> Row:
    """A case as a row. Whoever may not read tasks does not learn who has one."""
    return Row(
        id=case.id,
        cells={
            "title": case.title or case.id,
            "process": asker.vocabulary.processes.get(case.process, case.process),
            "status": case.status,
            "place": case.place,
            "waits_for": case.waits_for,
            "who": holder(asker, case, names),
            "since": case.since.isoformat(),
            "deadline_at": case.deadline_at.isoformat() if case.deadline_at and asker.reads_tasks else None,
        },
        case=case.id,
        task=case.task_id if asker.reads_tasks else None,
        ask=f"/why {case.id}",
    )


def holder(asker: Asker, case: SeenCase, names: Mapping[str, str]) -> str | None:
    """Who or what the case waits for, by name."""
    match case.waits_for:
        case "person" if not asker.reads_tasks:
            return None
        case "person" if case.assignee_id:
            return names.get(case.assignee_id, case.assignee_id)
        case "person" if case.role:
            return asker.say("who.nobody", role=asker.vocabulary.roles.get(case.role, case.role))
        case "message":
            return case.message
        case "incident":
            return case.code
        case _:
            return None


async def counts(asker: Asker, query: CountsQuery) -> Answer:
    """How many cases are under way. Raises `PermissionMissing` or `Unclear`."""
    require(asker.actor, READ)
    process = asker.process(query.process)
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        found = await ChatLooks(unit.session, asker.actor.tenant).counts(query.by, process)
    if not found:
        return Answer(text=(asker.say("found.none"),))
    columns = (
        Column(id="process", kind="text"),
        Column(id="status" if query.by == "status" else "place", kind="status" if query.by == "status" else "name"),
        Column(id="cases", kind="number"),
        Column(id="since", kind="since"),
    )
    rows = [
        Row(
            id=f"{one['process']}/{one['name']}",
            cells={
                "process": asker.vocabulary.processes.get(one["process"], one["process"]),
                columns[1].id: one["name"],
                "cases": one["cases"],
                "since": one["since"].isoformat(),
            },
            ask=_more(asker, query, one["process"], one["name"]),
        )
        for one in found
    ]
    total = sum(one["cases"] for one in found)
    chart = Chart(label=columns[1].id, values=("cases",))
    table = Table(columns=columns, rows=rows, total=len(rows), topics=OF_CASES, chart=chart)
    return Answer(text=(asker.say("found.counts", cases=total),), table=table)


def _more(asker: Asker, query: CountsQuery, process: str, name: str) -> str | None:
    """The command for the cases behind a count."""
    if query.by == "status":
        return f"/cases {name} process:{process}"
    return f"/cases process:{process} about:{name}" if name in asker.vocabulary.topics else None


async def throughput(asker: Asker, query: ThroughputQuery) -> Answer:
    """Cases by the day on which they began, with what has become of them. Raises `PermissionMissing` or `Unclear`."""
    require(asker.actor, READ)
    process = asker.process(query.process)
    first = asker.now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=query.days - 1)
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        found = await ChatLooks(unit.session, asker.actor.tenant).days(first, process)
    by_day = {one["day"]: one for one in found}
    days = [(first + timedelta(days=number)).date() for number in range(query.days)]
    names = ("began", "done", "rejected", "cancelled", "live")
    rows = [
        Row(
            id=day.isoformat(),
            cells={"day": day.isoformat(), **{name: by_day.get(day, {}).get(name, 0) for name in names}},
        )
        for day in days
    ]
    sums = {name: sum(one[name] for one in found) for name in ("began", "done", "live")}
    return Answer(
        text=(asker.say("found.days", days=query.days, **sums),),
        table=Table(
            columns=(Column(id="day", kind="day"), *(Column(id=name, kind="number") for name in names)),
            rows=rows,
            total=len(rows),
            topics=OF_CASES,
            chart=Chart(label="day", values=("began", "done")),
        ),
    )

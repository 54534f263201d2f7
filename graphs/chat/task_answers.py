"""Answers about tasks and people: which tasks, who has how many, which deadlines are at risk."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from graphs.chat.answer import Answer, Chart, Column, Row, Table
from graphs.chat.asker import READ_TASKS, Asker
from graphs.chat.intent import LateQuery, LoadQuery, TasksQuery
from graphs.escalation.desk import EscalationDesk
from graphs.intake import require
from graphs.store.chat_looks import ChatLooks, TaskLook
from graphs.store.tables import Task
from graphs.tasks.bulk import viewer_of

MOST: Final = 200
OF_TASKS: Final = ("task", "deadline", "escalation")
TASK_COLUMNS: Final = (
    Column(id="task", kind="task"),
    Column(id="place", kind="name"),
    Column(id="who", kind="text"),
    Column(id="deadline_at", kind="due"),
    Column(id="since", kind="since"),
)


async def tasks(asker: Asker, query: TasksQuery) -> Answer:
    """Unanswered tasks. Raises `PermissionMissing` or `Unclear`."""
    require(asker.actor, READ_TASKS)
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        looks = ChatLooks(unit.session, asker.actor.tenant)
        if query.team is not None and not await looks.is_team(query.team):
            raise asker.unclear("name.team", name=query.team)
        found = await looks.tasks(_look(asker, query), limit=MOST + 1)
        shown = found[:MOST]
        names = await unit.people.names(sorted({task.assignee_id for task in shown if task.assignee_id}))
    if not shown:
        return Answer(text=(asker.say("found.none"),))
    text = asker.say("found.task" if len(shown) == 1 else "found.tasks", count=len(shown))
    if len(found) > MOST:
        text = asker.say("found.most", count=MOST)
    table = Table(
        columns=TASK_COLUMNS,
        rows=[_row(asker, task, names) for task in shown],
        total=len(found),
        topics=OF_TASKS,
    )
    return Answer(text=(text,), table=table)


def _look(asker: Asker, query: TasksQuery) -> TaskLook:
    """Raises `Unclear`."""
    person = asker.vocabulary.people.get(query.person) if query.person else None
    if query.person and person is None:
        raise asker.unclear("name.person", name=query.person)
    if query.role and query.role not in asker.vocabulary.roles:
        raise asker.unclear("name.role", name=query.role)
    now = asker.now
    return TaskLook(
        viewer=viewer_of(asker.actor),
        whose=query.whose,
        assignee_id=person.id if person else None,
        team=query.team,
        role=query.role,
        about=asker.about(query.about),
        due_before=now + timedelta(minutes=query.due_minutes) if query.due_minutes else None,
        asked_before=now - timedelta(minutes=query.waiting_minutes) if query.waiting_minutes else None,
        overdue_at=now if query.overdue else None,
    )


def _row(asker: Asker, task: Task, names: dict[str, str]) -> Row:
    role = asker.vocabulary.roles.get(task.role, task.role)
    who = names.get(task.assignee_id, task.assignee_id) if task.assignee_id else asker.say("who.nobody", role=role)
    return Row(
        id=task.id,
        cells={
            "task": task.title,
            "place": task.step,
            "who": who,
            "deadline_at": task.deadline_at.isoformat(),
            "since": task.created_at.isoformat(),
        },
        case=task.case_id,
        task=task.id,
        ask=f"/why {task.case_id}",
    )


async def load(asker: Asker, _query: LoadQuery) -> Answer:
    """How many tasks each person has. Raises `PermissionMissing`."""
    require(asker.actor, READ_TASKS)
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        found = await ChatLooks(unit.session, asker.actor.tenant).loads(asker.now)
    if not found:
        return Answer(text=(asker.say("found.none"),))
    logins = {person.id: person for person in asker.vocabulary.people.values()}
    held = [one for one in found if one["assignee_id"] is not None]
    rows: list[Row] = []
    for one in held:
        person = logins.get(one["assignee_id"])
        cells = {
            "who": person.name if person else one["assignee_id"],
            "tasks": one["tasks"],
            "overdue": one["overdue"],
            "next_at": one["next_at"].isoformat(),
        }
        ask = f"/tasks person:{person.login}" if person else None
        rows.append(Row(id=one["assignee_id"], cells=cells, ask=ask))
    nobody = sum(one["tasks"] for one in found if one["assignee_id"] is None)
    text = asker.say("found.load", tasks=sum(one["tasks"] for one in found), people=len(held), nobody=nobody)
    table = Table(
        columns=(
            Column(id="who", kind="text"),
            Column(id="tasks", kind="number"),
            Column(id="overdue", kind="number"),
            Column(id="next_at", kind="due"),
        ),
        rows=rows,
        total=len(rows),
        topics=OF_TASKS,
        chart=Chart(label="who", values=("tasks", "overdue")),
    )
    return Answer(text=(text,), table=table if rows else None)


async def late(asker: Asker, _query: LateQuery) -> Answer:
    """Deadlines at risk or missed. Raises `PermissionMissing`."""
    found = await EscalationDesk(services=asker.services).risks(asker.actor, limit=MOST)
    if not found:
        return Answer(text=(asker.say("found.none"),))
    rows = [
        Row(
            id=risk.clock.id,
            cells={
                "title": risk.title or risk.clock.case_id,
                "place": risk.clock.name,
                "deadline_at": risk.clock.due_at.isoformat() if risk.clock.due_at else None,
                "missed_at": risk.clock.breached_at.isoformat() if risk.clock.breached_at else None,
            },
            case=risk.clock.case_id,
            task=risk.clock.task_id,
            ask=f"/why {risk.clock.case_id}",
        )
        for risk in found
    ]
    columns = (
        Column(id="title", kind="case"),
        Column(id="place", kind="name"),
        Column(id="deadline_at", kind="due"),
        Column(id="missed_at", kind="since"),
    )
    table = Table(columns=columns, rows=rows, total=len(rows), topics=OF_TASKS)
    return Answer(text=(asker.say("found.late", count=len(found)),), table=table)

"""Notes on a task: append-only, in the trail of its case, so that they cannot differ from what is on record.

`@login` mentions a person, who is told. Whoever may see tasks may leave a note.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from graphs.audit import AuditRecord
from graphs.errors import Invalid, NotFound
from graphs.intake import require
from graphs.notices.notice import tell_of_task
from graphs.runtime.services import Services
from graphs.store.database import UnitOfWork
from graphs.store.people import PERSON, Actor
from graphs.store.tables import Task
from graphs.store.task_notes import COMMENTED, TaskNotes

READ = "task.read"
MAX_NOTE = 4000
LONGEST_TOLD = 500
"""How much of a note a notice repeats; the task has the rest."""
MAX_MENTIONS = 20
MENTION = re.compile(r"(?<![\w.@+-])@([A-Za-z0-9](?:[\w.+-]*\w)?)")
"""Not within a mail address, and without the full stop that ends a sentence."""
ERASED = "[erased]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody wrote about a task; `mentions` are the ids of who was told by name. Erased text says so."""

    id: str
    task_id: str
    author_id: str
    text: str
    mentions: tuple[str, ...]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDesk:
    """Takes notes and shows them."""

    services: Services

    async def add(self, actor: Actor, task_id: str, text: str) -> Note:
        """Record the note; those it mentions are told, and whose task it is.

        Raises `NotFound`, `PermissionMissing`, and `Invalid` for an empty text or a mention of nobody who sees tasks.
        """
        require(actor, READ)
        if not text.strip():
            raise Invalid("text: a note says something")
        if len(text) > MAX_NOTE:
            raise Invalid(f"text: at most {MAX_NOTE} characters")
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            mentioned = await _mentioned(unit, actor.tenant, text)
            note = Note(
                id=str(uuid.uuid4()),
                task_id=task_id,
                author_id=actor.user_id,
                text=text.strip(),
                mentions=tuple(sorted(mentioned)),
                at=now,
            )
            unit.record(actor.tenant, _record(task, note))
            await _tell(unit, actor, task, note)
        return note

    async def of_task(self, actor: Actor, task_id: str, case_id: str) -> Sequence[Note]:
        """The notes on a task, the oldest first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            found = await TaskNotes(unit.session).of_case(case_id)
        return [
            Note(
                id=str(values.get("note")),
                task_id=task_id,
                author_id=author,
                text=ERASED if values.get("text") is None else str(values["text"]),
                mentions=tuple(values.get("mentions") or ()),
                at=at,
            )
            for author, at, values in found
            if values.get("task") == task_id
        ]


async def _mentioned(unit: UnitOfWork, tenant: str, text: str) -> set[str]:
    """Ids of the people that the text mentions. Raises `Invalid` for somebody who is not there or sees no tasks."""
    logins = sorted({match.casefold() for match in MENTION.findall(text)})
    if len(logins) > MAX_MENTIONS:
        raise Invalid(f"text: at most {MAX_MENTIONS} people can be mentioned")
    found: set[str] = set()
    for login in logins:
        try:
            person = await unit.people.named(tenant, login)
        except NotFound:
            raise Invalid(f"text: nobody here is called @{login}") from None
        if person.kind != PERSON or READ not in person.permissions:
            raise Invalid(f"text: @{login} may not see tasks")
        found.add(person.user_id)
    return found


def _record(task: Task, note: Note) -> AuditRecord:
    values = {"task": task.id, "note": note.id, "text": note.text, "mentions": list(note.mentions)}
    return AuditRecord(kind=COMMENTED, actor=note.author_id, case_id=task.case_id, step=task.step, values=values)


async def _tell(unit: UnitOfWork, actor: Actor, task: Task, note: Note) -> None:
    mentioned = set(note.mentions) - {actor.user_id}
    concerned = {person for person in (task.assignee_id, task.delegated_by) if person} - mentioned - {actor.user_id}
    values = {"by": actor.name, "text": note.text[:LONGEST_TOLD]}
    for kind, people in (("task.commented", concerned), ("task.mentioned", mentioned)):
        await tell_of_task(unit, task, people, kind=kind, key=note.id, values=values, now=note.at)

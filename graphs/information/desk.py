"""The information desk: who has a task asks somebody outside by mail, looks at what came of it, or withdraws it.

The task stays with whom it is for, and so does the decision.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.audit import AuditRecord
from graphs.contacts import Contact
from graphs.errors import TriggerMismatch
from graphs.information.contact import check_mail, contacts_of, recipient
from graphs.information.letter import Letter, letter_of
from graphs.information.moves import conclude, note_of, record_of
from graphs.information.request import (
    ASKED,
    WITHDRAWN,
    AskingOutside,
    InformationRequest,
    RequestClosed,
    TooManyRequests,
)
from graphs.information.shown import shown
from graphs.information.tag import address_mac, tag_mac, tag_of
from graphs.information.terms import (
    ASK_OUTSIDE,
    ASKS,
    DUE,
    FREE,
    MOST_OPEN,
    PROCESS,
    REMINDER,
    REMINDS,
)
from graphs.intake import require
from graphs.new_case import new_case
from graphs.notices.wording import preferences_of
from graphs.process import ProcessDefinition
from graphs.runtime.judged import effect_key
from graphs.runtime.services import Services
from graphs.state import CaseView
from graphs.steps import ProposeStep
from graphs.store.database import UnitOfWork
from graphs.store.inbox import UNANSWERED
from graphs.store.information import WITHDRAWN as WITHDRAWN_STATUS
from graphs.store.information import InformationRequests
from graphs.store.information_tables import InformationRow
from graphs.store.people import Actor
from graphs.store.tables import Task
from graphs.store.timers import timer_of
from graphs.tasks.answer import ANSWER
from graphs.tasks.moved import moved
from graphs.tasks.notes import READ
from graphs.tasks.question_clock import pause_clocks
from graphs.tasks.rights import check_asker
from policies.canonical import digest
from tools.mail.identity import own_part

REQUESTS = uuid.UUID("2f6f8a51-0f1d-4f0e-9a4c-8b7f0c2d3010")


@dataclass(frozen=True, slots=True, kw_only=True)
class InformationDesk:
    """Takes requests."""

    services: Services

    async def contacts(self, actor: Actor, task_id: str) -> tuple[Contact, ...]:
        """Whom the case's address book names. Raises `NotFound`, `PermissionMissing`, `DefinitionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            return await contacts_of(self.services, unit, await unit.cases.get(task.case_id))

    async def ask(self, actor: Actor, task_id: str, asking: AskingOutside) -> InformationRequest:
        """Ask somebody outside by mail: a case of `information_request` sends it.

        Raises `NotFound`, `PermissionMissing`, `AddressNotOnFile`, `TaskHeld`, `Invalid`; `MailNotConnected`;
        `TooManyRequests`; `AlreadyAnswered` where nothing is asked any more; `TriggerMismatch` for another question
        under a key that was used; `ClockBusy` where the task's clock is to stand still and a worker has the case.
        """
        require(actor, ANSWER)
        require(actor, ASK_OUTSIDE)
        now = self.services.clock()
        due = asking.due(now)
        check_mail(self.services, actor.tenant, asking.to)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await unit.inbox.get(task_id)
            requests = InformationRequests(unit.session)
            request_id = _id_of(actor, task_id, asking)
            await requests.take(request_id)
            known = await requests.find(request_id)
            if known is None:
                await self._asked(unit, actor, task, asking, request_id=request_id, due=due, now=now)
            elif (await unit.cases.get(request_id)).trigger_digest != _digest(asking):
                raise TriggerMismatch(f"the key {asking.key!r} was used before for another question about this task")
            row = await requests.get(request_id)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return (await shown(unit, [row]))[0]

    async def withdraw(self, actor: Actor, request_id: str) -> InformationRequest:
        """Wait for the answer no longer; whoever asked may, and whose task it is. What comes still is kept and shown.

        Raises `NotFound`, `PermissionMissing`, `TaskHeld`, `ClockBusy`, and `RequestClosed` where it is over.
        """
        require(actor, ANSWER)
        now = self.services.clock()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            requests = InformationRequests(unit.session)
            await requests.take(request_id)
            row = await requests.get(request_id)
            task = await unit.inbox.get(row.task_id)
            if row.asked_by != actor.user_id:
                check_asker(actor, task)
            if not await conclude(unit, self.services, row, WITHDRAWN_STATUS, by=actor.user_id, now=now, of_task=False):
                raise RequestClosed(f"information request {request_id} is {row.status}")
            unit.record(actor.tenant, record_of(WITHDRAWN, row, task, by=actor.user_id, values={}))
        return await self.get(actor, request_id)

    async def get(self, actor: Actor, request_id: str) -> InformationRequest:
        """A request as it stands. Raises `NotFound`, `PermissionMissing`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return (await shown(unit, [await InformationRequests(unit.session).get(request_id)]))[0]

    async def of_task(self, actor: Actor, task_id: str) -> Sequence[InformationRequest]:
        """The requests about a task with what came of them, the oldest first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            return await shown(unit, await InformationRequests(unit.session).of_task(task_id))

    async def _asked(
        self,
        unit: UnitOfWork,
        actor: Actor,
        task: Task,
        asking: AskingOutside,
        *,
        request_id: str,
        due: datetime,
        now: datetime,
    ) -> None:
        if task.status not in UNANSWERED:
            raise await moved(unit, task)
        check_asker(actor, task)
        requests = InformationRequests(unit.session)
        if await requests.open_of_task(task.id) >= MOST_OPEN:
            raise TooManyRequests(f"{MOST_OPEN} requests about this task wait for their answers: withdraw one first")
        of_task = await unit.cases.get(task.case_id)
        contact = await recipient(self.services, unit, actor, of_task, asking)
        zone = (await preferences_of(unit, actor.tenant, {actor.user_id}))[actor.user_id].time_zone
        company = await requests.company(actor.tenant)
        letter = letter_of(asking.words, by=actor.name, company=company, due=f"{due.astimezone(zone):%Y-%m-%d}")
        source = contact.source if contact is not None else FREE
        body = self._body(task, asking, letter, name=contact.name if contact else "", source=source)
        await self._start(unit, actor, asking, body, request_id=request_id, now=now)
        row = self._row(actor, task, asking, request_id=request_id, source=source, due=due, now=now)
        await requests.add(row)
        await pause_clocks(unit, row, note=note_of(row), now=now)
        await unit.timers.set(timer_of(row, DUE, row.deadline_at))
        if row.remind_at is not None:
            await unit.timers.set(timer_of(row, REMINDER, row.remind_at))
        values = {
            "to": asking.to,
            "name": body["name"],
            "source": source,
            "of": contact.of if contact else f"chosen by {actor.name}",
            "subject": letter.subject,
            "text": letter.text,
            "language": asking.words.language,
            "template": asking.words.template,
            "deadline": due,
            "remind_at": row.remind_at,
        }
        unit.record(actor.tenant, record_of(ASKED, row, task, by=actor.user_id, values=values))

    def _body(self, task: Task, asking: AskingOutside, letter: Letter, *, name: str, source: str) -> dict[str, Any]:
        return {
            "task": task.id,
            "case": task.case_id,
            "address": asking.to,
            "name": name,
            "source": source,
            "subject": letter.subject,
            "text": letter.text,
            "reminder_subject": letter.reminder_subject,
            "reminder_text": letter.reminder_text,
        }

    async def _start(
        self,
        unit: UnitOfWork,
        actor: Actor,
        asking: AskingOutside,
        body: dict[str, Any],
        *,
        request_id: str,
        now: datetime,
    ) -> None:
        """Start the case that sends the mails. Raises `Invalid` where its process is not registered."""
        definition = self.services.registry.latest(PROCESS)
        definition.check_input(body)
        case = new_case(
            definition,
            body,
            case_id=request_id,
            tenant=actor.tenant,
            key=f"information-{request_id}",
            by=actor.user_id,
            now=now,
        )
        case.trigger_digest = _digest(asking)
        await unit.cases.accept(case)
        await unit.jobs.advance(actor.tenant, case.id)
        values = {"process": definition.reference, "digest": definition.digest, "input": case.input}
        unit.record(actor.tenant, AuditRecord(kind="case.started", actor=actor.user_id, case_id=case.id, values=values))

    def _row(
        self,
        actor: Actor,
        task: Task,
        asking: AskingOutside,
        *,
        request_id: str,
        source: str,
        due: datetime,
        now: datetime,
    ) -> InformationRow:
        definition = self.services.registry.latest(PROCESS)
        return InformationRow(
            id=request_id,
            tenant=actor.tenant,
            case_id=task.case_id,
            task_id=task.id,
            asked_by=actor.user_id,
            source=source,
            address_mac=address_mac(self.services, request_id, asking.to),
            tag_mac=tag_mac(tag_of(self.services, actor.tenant, request_id)),
            mail_ref=mail_ref(definition, ASKS, request_id),
            reminder_ref=mail_ref(definition, REMINDS, request_id),
            asked_at=now,
            deadline_at=due,
            remind_at=asking.remind_at,
        )


def mail_ref(definition: ProcessDefinition, step: str, request_id: str) -> str:
    """The own part of the Message-ID of the mail that the step proposes: known before the mail is sent.

    So an answer that comes before the sending is on record finds its request all the same.
    """
    proposal = definition.step(step)
    if not isinstance(proposal, ProposeStep):
        raise TypeError(f"{step} proposes no mail")
    view = CaseView(case_id=request_id, tenant="", requester="", input={}, data={})
    return own_part(effect_key(proposal, view, ""))


def _id_of(actor: Actor, task_id: str, asking: AskingOutside) -> str:
    if asking.key is None:
        return str(uuid.uuid4())
    # The key is the caller's and may be guessed: the id is not, because whom it is of goes in with a random task id.
    return str(uuid.uuid5(REQUESTS, f"{actor.tenant}/{task_id}/{actor.user_id}/{asking.key}"))


def _digest(asking: AskingOutside) -> str:
    words = asking.words
    instants = [one.isoformat() if one else None for one in (asking.deadline_at, asking.remind_at)]
    said = [words.subject, words.text, words.template, words.about, words.language]
    return digest([asking.to, asking.free, *said, *instants])

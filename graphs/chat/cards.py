"""Actions as cards: the very call that a button makes, with its exact effect. Nothing is executed here.

A card is made only where the asker may do it now: by the checks of the verb itself. Whoever confirms sends the call
with their own rights, and it is checked again, judged and audited as from the button.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from graphs.case_desk import CANCEL, SUSPEND
from graphs.chat.answer import Answer, Card
from graphs.chat.asker import READ_TASKS, Asker
from graphs.chat.command import rendered
from graphs.chat.intent import (
    AcknowledgeAction,
    Action,
    CancelAction,
    CaseAction,
    ClaimAction,
    ReassignAction,
    ReleaseAction,
    ResumeAction,
    RetryAction,
    RetryGroupAction,
    SuspendAction,
)
from graphs.deadlines.clock_desk import CHANGE
from graphs.errors import EngineError, NotFound
from graphs.escalation.desk import ACKNOWLEDGE
from graphs.incidents.desk import RETRY
from graphs.incidents.operation import OperationUnderWay
from graphs.intake import require
from graphs.store.chat_looks import ChatLooks, SeenCase
from graphs.store.deadlines import Clocks
from graphs.store.escalations import Escalations
from graphs.store.operations import Operations
from graphs.store.tables import Case
from graphs.tasks.options import OptionDesk, Verb
from graphs.tasks.rights import Rights

SUSPENDABLE: Final = frozenset({"running", "waiting"})
CANCELLABLE: Final = frozenset({"running", "waiting", "incident", "suspended"})
WITH_REASON: Final[Mapping[str, Any]] = {"reason": ""}


class NotOffered(Exception):
    """The action is not proposed; the text says why, in the asker's language."""


async def propose(asker: Asker, action: Action) -> Answer:
    """The card of the action, or why there is none. Raises `Unclear`."""
    try:
        card = await _group(asker, action) if isinstance(action, RetryGroupAction) else await _case(asker, action)
    except NotOffered as why:
        return Answer(text=(asker.say("no_card", why=why),))
    except EngineError as error:
        return Answer(text=(asker.say("no_card", why=error),))
    return Answer(cards=(card,))


async def _case(asker: Asker, action: CaseAction) -> Card:
    """Raises `Unclear`, `NotOffered`, or what the verb itself raises."""
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        case = await asker.case(unit, action.case, kind=action.kind)
        seen = await ChatLooks(unit.session, asker.actor.tenant).case(case.id)
    # The card is about this case, whatever is open when it is confirmed.
    pinned = action.model_copy(update={"case": case.id})
    match pinned:
        case RetryAction():
            return _retry(asker, pinned, case, seen)
        case SuspendAction() | ResumeAction() | CancelAction():
            return _order(asker, pinned, case)
        case ClaimAction() | ReleaseAction() | ReassignAction():
            return await _task(asker, pinned, case, seen)
        case AcknowledgeAction():
            return await _acknowledge(asker, pinned, case)


def _retry(asker: Asker, action: RetryAction, case: Case, seen: SeenCase | None) -> Card:
    require(asker.actor, RETRY)
    if seen is None or seen.status != "incident" or seen.incident_id is None:
        raise NotOffered(asker.say("why.no_incident"))
    return Card(
        command=rendered(action),
        title=asker.say("card.retry", title=case.title or case.id),
        effect=(asker.say("card.retry.effect", code=seen.code),),
        method="POST",
        path=f"/incidents/{seen.incident_id}/retry",
        body=None,
        needs_reason=False,
        final=False,
        case=case.id,
    )


def _order(asker: Asker, action: SuspendAction | ResumeAction | CancelAction, case: Case) -> Card:
    require(asker.actor, CANCEL if isinstance(action, CancelAction) else SUSPEND)
    possible = {"suspend": SUSPENDABLE, "resume": frozenset({"suspended"}), "cancel": CANCELLABLE}[action.kind]
    if case.status not in possible:
        raise NotOffered(asker.say("why.status", status=asker.say(f"part.status.{case.status}")))
    resumes = isinstance(action, ResumeAction)
    return Card(
        command=rendered(action),
        title=asker.say(f"card.{action.kind}", title=case.title or case.id),
        effect=(asker.say(f"card.{action.kind}.effect"),),
        method="POST",
        path=f"/cases/{case.id}/{action.kind}",
        body=None if resumes else WITH_REASON,
        needs_reason=not resumes,
        final=isinstance(action, CancelAction),
        case=case.id,
    )


async def _task(
    asker: Asker, action: ClaimAction | ReleaseAction | ReassignAction, case: Case, seen: SeenCase | None
) -> Card:
    require(asker.actor, READ_TASKS)
    if seen is None or seen.task_id is None:
        raise NotOffered(asker.say("why.no_task"))
    verb: Verb = action.kind
    options = await OptionDesk(services=asker.services).of_task(asker.actor, seen.task_id)
    refusal = next((option.refusal for option in options if option.verb == verb), None)
    if refusal is not None:
        raise refusal
    body: dict[str, Any] | None = None if verb == "claim" else dict(WITH_REASON)
    named: dict[str, str] = {}
    if isinstance(action, ReassignAction):
        person = asker.vocabulary.people.get(action.to)
        if person is None:
            raise asker.unclear("name.person", name=action.to)
        rights = Rights(services=asker.services)
        await rights.to_be_given(asker.actor.tenant, person.id, seen.task_id, now=asker.now)
        body = {"to": person.login, "reason": ""}
        named = {"name": person.name}
    return Card(
        command=rendered(action),
        title=asker.say(f"card.{verb}", task=seen.task_title, **named),
        effect=(asker.say(f"card.{verb}.effect", **named),),
        method="POST",
        path=f"/tasks/{seen.task_id}/{verb}",
        body=body,
        needs_reason=body is not None,
        final=False,
        case=case.id,
    )


async def _acknowledge(asker: Asker, action: AcknowledgeAction, case: Case) -> Card:
    require(asker.actor, ACKNOWLEDGE)
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        clocks = await Clocks(unit.session).of_case(case.id)
        reached = await Escalations(unit.session).of_clocks([clock.id for clock in clocks])
    everyones = CHANGE in asker.actor.permissions
    mine = [
        row
        for row in reached
        if row.acknowledged_at is None
        and row.told
        and (everyones or asker.actor.user_id in {one["user"] for one in row.told})
    ]
    if not mine:
        raise NotOffered(asker.say("why.no_escalation"))
    newest = mine[-1]
    return Card(
        command=rendered(action),
        title=asker.say("card.acknowledge", rung=newest.rung),
        effect=(asker.say("card.acknowledge.effect"),),
        method="POST",
        path=f"/escalations/{newest.id}/acknowledge",
        body={"note": ""},
        needs_reason=False,
        final=False,
        case=case.id,
    )


async def _group(asker: Asker, action: RetryGroupAction) -> Card:
    require(asker.actor, RETRY)
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        under_way = await Operations(unit.session).of_group(asker.actor.tenant, action.group)
        try:
            group = await unit.incidents.group(asker.actor.tenant, action.group)
        except NotFound as error:
            raise NotOffered(asker.say("why.group_gone")) from error
    if under_way is not None:
        raise OperationUnderWay(f"operation {under_way.id} is carried out for this group already")
    if not group.open:
        raise NotOffered(asker.say("why.group_gone"))
    return Card(
        command=rendered(action),
        title=asker.say("card.retry-group", count=group.open, code=group.code),
        effect=(asker.say("card.retry-group.effect"), f"{group.code}: {group.shape or group.message}"),
        method="POST",
        path=f"/incidents/groups/{action.group}/retry",
        body=dict(WITH_REASON),
        needs_reason=True,
        final=False,
    )

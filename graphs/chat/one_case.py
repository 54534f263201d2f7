"""Answers about one case: why it stands where it stands, who has it, and what its trail holds."""

from __future__ import annotations

from typing import Any, Final

from graphs.chat.answer import Answer, Column, Row, Suggestion, Table
from graphs.chat.asker import Asker
from graphs.chat.case_answers import OF_CASES, holder
from graphs.chat.intent import TrailQuery, WhoQuery, WhyQuery
from graphs.chat.telling import in_words
from graphs.intake import require
from graphs.store.chat_looks import ChatLooks, SeenCase
from graphs.store.database import UnitOfWork
from graphs.store.tables import Case

AUDIT = "audit.read"
MOST_ENTRIES: Final = 50
MOST_REASONS: Final = 6
TRAIL_COLUMNS: Final = (
    Column(id="number", kind="number"),
    Column(id="at", kind="instant"),
    Column(id="event", kind="text"),
    Column(id="place", kind="name"),
    Column(id="who", kind="text"),
)


async def why(asker: Asker, query: WhyQuery) -> Answer:
    """Where the case stands, since when, for whom it waits, and what the rules say. Raises as `Asker.case` does."""
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        case = await asker.case(unit, query.case, kind="why")
        seen = await ChatLooks(unit.session, asker.actor.tenant).case(case.id)
        if seen is None:
            return _over(asker, case)
        text = [_place(asker, seen), await _waits(asker, unit, seen)]
        if seen.waits_for == "person" and asker.reads_tasks and seen.task_id:
            task = await unit.inbox.get(seen.task_id)
            text += [_reason(asker, reason) for reason in task.reasons[:MOST_REASONS]]
    return Answer(text=tuple(text), suggestions=_more(asker, case))


async def who(asker: Asker, query: WhoQuery) -> Answer:
    """Who has the case. Raises as `Asker.case` does."""
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        case = await asker.case(unit, query.case, kind="who")
        seen = await ChatLooks(unit.session, asker.actor.tenant).case(case.id)
        if seen is None:
            return _over(asker, case)
        text = (_place(asker, seen), await _waits(asker, unit, seen))
    return Answer(text=text, suggestions=_more(asker, case))


def _over(asker: Asker, case: Case) -> Answer:
    outcome = case.outcome or asker.say("case.no_outcome")
    status = asker.say(f"part.status.{case.status}")
    told = asker.say("case.over", title=case.title or case.id, status=status, outcome=outcome)
    return Answer(text=(told,), suggestions=_more(asker, case))


def _more(asker: Asker, case: Case) -> tuple[Suggestion, ...]:
    if AUDIT not in asker.actor.permissions:
        return ()
    told = asker.say("means.trail", case=case.title or case.id)
    return (Suggestion(command=f"/trail {case.id}", text=told),)


def _place(asker: Asker, seen: SeenCase) -> str:
    return asker.say("case.at", title=seen.title or seen.id, place=in_words(seen.place), span=asker.since(seen.since))


async def _waits(asker: Asker, unit: UnitOfWork, seen: SeenCase) -> str:
    match seen.waits_for:
        case "person" if not asker.reads_tasks:
            return asker.say("case.tasks_hidden")
        case "person":
            names = await unit.people.names([seen.assignee_id]) if seen.assignee_id else {}
            return asker.say("case.person", who=holder(asker, seen, names), task=seen.task_title)
        case "message":
            return asker.say("case.message", message=seen.message)
        case "incident":
            return asker.say("case.incident", code=seen.code, message=seen.failure)
        case waits:
            return asker.say(f"case.{waits}")


def _reason(asker: Asker, reason: dict[str, Any]) -> str:
    return asker.say("case.reason", message=reason.get("message") or reason.get("title") or reason.get("rule") or "–")


async def trail(asker: Asker, query: TrailQuery) -> Answer:
    """The newest entries of the case's trail, without their values. Raises as `Asker.case` does."""
    require(asker.actor, AUDIT)
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        case = await asker.case(unit, query.case, kind="trail")
        entries = (await unit.audit_log.entries_of_case(case.id))[::-1]
        shown = entries[:MOST_ENTRIES]
        names = await unit.people.names(sorted({entry.actor for entry in shown}))
    rows = [
        Row(
            id=str(entry.seq),
            cells={
                "number": entry.seq,
                "at": entry.at.isoformat(),
                "event": entry.kind,
                "place": entry.step,
                "who": names.get(entry.actor, entry.actor),
            },
        )
        for entry in shown
    ]
    text = [asker.say("found.trail", count=len(entries))]
    if len(entries) > len(shown):
        text.append(asker.say("found.first", count=len(shown), total=len(entries)))
    table = Table(columns=TRAIL_COLUMNS, rows=rows, total=len(entries), topics=OF_CASES)
    return Answer(text=tuple(text), table=table)

"""Answering: a typed query is looked up, a typed action is proposed. There is nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from graphs.chat.answer import Answer, Suggestion
from graphs.chat.asker import Asker, Unclear
from graphs.chat.cards import propose
from graphs.chat.case_answers import cases, counts, throughput
from graphs.chat.incident_answers import incidents
from graphs.chat.intent import (
    AcknowledgeAction,
    Action,
    CancelAction,
    CasesQuery,
    ClaimAction,
    CountsQuery,
    HelpQuery,
    IncidentsQuery,
    LateQuery,
    LoadQuery,
    Query,
    ReassignAction,
    ReleaseAction,
    ResumeAction,
    RetryAction,
    RetryGroupAction,
    SuspendAction,
    TasksQuery,
    ThroughputQuery,
    TrailQuery,
    WhoQuery,
    WhyQuery,
)
from graphs.chat.one_case import trail, who, why
from graphs.chat.task_answers import late, load, tasks
from graphs.errors import PermissionMissing

EXAMPLES: Final = (
    ("/cases", "example.cases"),
    ("/cases waiting:2d", "example.waiting"),
    ("/cases overdue", "example.overdue"),
    ("/tasks mine", "example.mine"),
    ("/tasks unassigned", "example.unassigned"),
    ("/late", "example.late"),
    ("/incidents", "example.incidents"),
    ("/counts", "example.counts"),
    ("/load", "example.load"),
    ("/throughput", "example.throughput"),
)
ABOUT_THIS: Final = (
    ("/why this", "example.why"),
    ("/who this", "example.who"),
    ("/trail this", "example.trail"),
)
OFFERED_WITH: Final = (RetryAction, ClaimAction, ResumeAction)
"""What is offered beside the answer to why a case stands."""


async def answered(asker: Asker, intent: Query | Action) -> Answer:
    """The answer, with the asker's rights; where they lack one, that is the answer."""
    try:
        return await _answered(asker, intent)
    except Unclear as unclear:
        return unclear.answer
    except PermissionMissing as error:
        return Answer(text=(asker.say("refused", why=error),))


async def _answered(asker: Asker, intent: Query | Action) -> Answer:  # noqa: C901 - one arm for each of a closed set
    match intent:
        case CasesQuery():
            return await cases(asker, intent)
        case TasksQuery():
            return await tasks(asker, intent)
        case LoadQuery():
            return await load(asker, intent)
        case LateQuery():
            return await late(asker, intent)
        case IncidentsQuery():
            return await incidents(asker, intent)
        case WhyQuery():
            return await _with_offers(asker, intent, await why(asker, intent))
        case WhoQuery():
            return await who(asker, intent)
        case TrailQuery():
            return await trail(asker, intent)
        case ThroughputQuery():
            return await throughput(asker, intent)
        case CountsQuery():
            return await counts(asker, intent)
        case HelpQuery():
            return Answer(text=(asker.say("help.intro"),), suggestions=suggestions(asker))
        case (
            RetryGroupAction()
            | RetryAction()
            | SuspendAction()
            | ResumeAction()
            | CancelAction()
            | ClaimAction()
            | ReleaseAction()
            | ReassignAction()
            | AcknowledgeAction()
        ):
            return await propose(asker, intent)
        case _:
            assert_never(intent)


async def _with_offers(asker: Asker, query: WhyQuery, answer: Answer) -> Answer:
    """The answer with what the asker may do about the case now."""
    found = [await propose(asker, offer(case=query.case)) for offer in OFFERED_WITH]
    return replace(answer, cards=tuple(card for one in found for card in one.cards))


def suggestions(asker: Asker) -> tuple[Suggestion, ...]:
    """What can be asked, the open case first."""
    about = ABOUT_THIS if asker.open_case else ()
    return tuple(Suggestion(command=command, text=asker.say(key)) for command, key in (*about, *EXAMPLES))

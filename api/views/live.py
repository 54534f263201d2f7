"""What a page that is open is told: that something happened, and what it may want to look at anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Final

from pydantic import Field

from api.views.view import View
from graphs.store.audit_log import News

MOST_CASES: Final = 100
OF_TASKS: Final = frozenset({"task", "information"})
"""Nouns of what happens to tasks and questions. Any other step of a case may bring a task, or take one away."""
TASK: Final = "task"


class LiveChange(View):
    """Something happened, coalesced. Nothing of what happened is told here: each screen asks, with its own rights."""

    seq: Annotated[int, Field(description="Number of the last entry in the audit trail; the event's id.")]
    topics: Annotated[list[str], Field(description="Nouns of what happened: `task`, `case`, `step`, …")]
    cases: Annotated[list[str], Field(description="Ids of the cases it happened to; empty where there are too many.")]
    reset: Annotated[bool, Field(description="More happened than can be told: look at everything anew.")] = False


def change_of(news: Sequence[News], *, seq: int, permissions: Collection[str]) -> LiveChange | None:
    """What somebody with these permissions is told; None where it is nothing to them."""
    topics = {one: topics_of(one, permissions) for one in news}
    seen = [one for one in news if topics[one]]
    if not seen:
        return None
    cases = dict.fromkeys(one.case_id for one in seen if one.case_id)
    return LiveChange(
        seq=seq,
        topics=sorted({topic for one in seen for topic in topics[one]}),
        cases=list(cases) if len(cases) <= MOST_CASES else [],
    )


def topics_of(one: News, permissions: Collection[str]) -> frozenset[str]:
    """What this may be news of: `task` for who may see tasks, the noun of its kind for who may see what it is about."""
    noun = one.kind.partition(".")[0]
    if one.case_id is None:
        return frozenset({noun} if "audit.read" in permissions else ())
    tasks = {TASK} if "task.read" in permissions else set[str]()
    own = {noun} if ("task.read" if noun in OF_TASKS else "case.read") in permissions else set[str]()
    return frozenset(tasks | own)

"""What a page that is open is told: that something happened, and what it may want to look at anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, Final

from pydantic import Field

from api.views.view import View
from graphs.store.audit_log import News

MOST_CASES: Final = 100
TOPICS: Final = {"task": "task.read", "information": "task.read"}
"""The permission for what happened, by the noun of its kind. Of the rest: what is about a case, `case.read`; what is
about none, `audit.read`."""


class LiveChange(View):
    """Something happened, coalesced. Nothing of what happened is told here: each screen asks, with its own rights."""

    seq: Annotated[int, Field(description="Number of the last entry in the audit trail; the event's id.")]
    topics: Annotated[list[str], Field(description="Nouns of what happened: `task`, `case`, `step`, …")]
    cases: Annotated[list[str], Field(description="Ids of the cases it happened to; empty where there are too many.")]
    reset: Annotated[bool, Field(description="More happened than can be told: look at everything anew.")] = False


def change_of(news: Sequence[News], *, seq: int, permissions: Collection[str]) -> LiveChange | None:
    """What somebody with these permissions is told; None where it is nothing to them."""
    seen = [one for one in news if needed(one) in permissions]
    if not seen:
        return None
    cases = dict.fromkeys(one.case_id for one in seen if one.case_id)
    return LiveChange(
        seq=seq,
        topics=sorted({noun(one) for one in seen}),
        cases=list(cases) if len(cases) <= MOST_CASES else [],
    )


def noun(one: News) -> str:
    """What it happened to, by its kind."""
    return one.kind.partition(".")[0]


def needed(one: News) -> str:
    """The permission to be told of it."""
    return TOPICS.get(noun(one)) or ("case.read" if one.case_id else "audit.read")

"""How a task was given to somebody, as the API shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.views.view import View
from graphs.routing.people.assigned import reason_of, sentence
from graphs.routing.people.fitness import Reason


class CandidateView(View):
    """Somebody who could have taken the task, with what the strategy looked at."""

    id: str
    name: str
    open_tasks: int
    open_minutes: Annotated[int, Field(description="Expected effort of what they had open.")]
    match: Annotated[int | None, Field(description="Sum of their levels in the skills the task needs.")]
    turn: Annotated[int | None, Field(description="How late their last turn was; the lowest is next.")]


class LeftOutView(View):
    """Somebody who did not get the task, and the first reason why."""

    id: str
    name: str
    reason: Annotated[
        str,
        Field(
            description="`role`, `excluded`, `duty`, `authority`, `team`, `skill`, `language`, `absent`, `full`, "
            "or `hours`."
        ),
    ]
    text: str
    substitute: Annotated[str | None, Field(description="Id of who stands in for somebody absent.")]


class AssignmentView(View):
    """Who was chosen, how, from among whom; candidates and those left out together are everybody."""

    to: Annotated[str | None, Field(description="Id of who got it; null for a queue, and where nobody may take it.")]
    text: str
    level: Annotated[str, Field(description="`role`, `lead`, `supervisor`, `queue` or `nobody`.")]
    strategy: Annotated[
        str, Field(description="`least_loaded`, `round_robin`, `skill_first`, `sticky` or `substitute`.")
    ]
    team: str | None
    in_place_of: Annotated[str | None, Field(description="Id of the absent person for whom they stand in.")]
    at: datetime
    effort_minutes: int
    because: Annotated[str | None, Field(description="Why it was handed over, if it was.")]
    candidates: list[CandidateView]
    left_out: list[LeftOutView]

    @classmethod
    def of(cls, data: Mapping[str, Any] | None, names: Mapping[str, str]) -> AssignmentView | None:
        """The stored assignment as it is shown; None where there is none."""
        return cls.made(data, names) if data else None

    @classmethod
    def made(cls, data: Mapping[str, Any], names: Mapping[str, str]) -> AssignmentView:
        """The assignment as it is shown; `names` has the users' names by id."""
        return cls(
            to=data["to"],
            text=sentence(data, names),
            level=data["level"],
            strategy=data["strategy"],
            team=data.get("team"),
            in_place_of=data.get("in_place_of"),
            at=datetime.fromisoformat(data["at"]),
            effort_minutes=data["minutes"],
            because=data.get("why", {}).get("because"),
            candidates=[_candidate(one, names) for one in data["candidates"]],
            left_out=[
                LeftOutView(
                    id=user_id,
                    name=names.get(user_id, user_id),
                    reason=reason.value,
                    text=reason_of(data, user_id, names),
                    substitute=data.get("substitutes", {}).get(user_id),
                )
                for reason in Reason
                for user_id in data["left_out"].get(reason, ())
            ],
        )


def _candidate(one: Mapping[str, Any], names: Mapping[str, str]) -> CandidateView:
    return CandidateView(
        id=one["id"],
        name=names.get(one["id"], one["id"]),
        open_tasks=one["tasks"],
        open_minutes=one["minutes"],
        match=one.get("match"),
        turn=one.get("turn"),
    )

"""An assignment as it stands with its task: who was looked at, why each did not get it, who did, and the sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from graphs.routing.people.choice import Choice, Level
from graphs.routing.people.fitness import Reason
from graphs.routing.people.need import TaskNeed
from graphs.routing.people.workforce import Strategy

BY_STRATEGY: Mapping[Strategy, str] = {
    Strategy.LEAST_LOADED: "has the least open work",
    Strategy.ROUND_ROBIN: "is next in turn",
    Strategy.SKILL_FIRST: "has the best skills for it, and of those the least open work",
    Strategy.STICKY: "had the last task about the same",
    Strategy.SUBSTITUTE: "stands in",
}
BY_LEVEL: Mapping[Level, str] = {
    Level.ROLE: "",
    Level.LEAD: "as the lead of the team, because nobody else could take it",
    Level.SUPERVISOR: "as a supervisor, because nobody else could take it",
    Level.QUEUE: "",
    Level.NOBODY: "",
}
LEFT_OUT: Mapping[Reason, str] = {
    Reason.ROLE: "does not have the role",
    Reason.EXCLUDED: "started the case or approved it before",
    Reason.DUTY: "did what does not go together with it",
    Reason.AUTHORITY: "may not approve that much",
    Reason.TEAM: "is not in the team",
    Reason.SKILL: "lacks a skill",
    Reason.LANGUAGE: "does not speak the language",
    Reason.ABSENT: "is absent",
    Reason.FULL: "has as many open tasks as they may have",
    Reason.HOURS: "does not work now",
}


def assigned(choice: Choice, need: TaskNeed, *, at: datetime, why: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The choice as JSON: people by id only, so that their names can be erased. `why` says what it was made anew for.

    `candidates` and `left_out` together name everybody exactly once.
    """
    left_out: dict[str, list[str]] = {}
    for user_id, found in choice.left_out.items():
        left_out.setdefault(found.reason.value, []).append(user_id)
    details = {user_id: found.detail for user_id, found in choice.left_out.items() if found.detail}
    substitutes = {user_id: found.substitute for user_id, found in choice.left_out.items() if found.substitute}
    data: dict[str, Any] = {
        "to": choice.chosen.user_id if choice.chosen else None,
        "level": choice.level.value,
        "strategy": choice.strategy.value,
        "at": at.isoformat(),
        "minutes": need.minutes,
        "candidates": list(_candidates(choice)),
        "left_out": left_out,
    }
    optional = {
        "team": choice.team,
        "details": details,
        "substitutes": substitutes,
        "in_place_of": choice.in_place_of,
        "sticky": need.sticky,
        "why": dict(why or {}),
    }
    return data | {name: value for name, value in optional.items() if value}


def _candidates(choice: Choice) -> Iterator[dict[str, Any]]:
    for entry in choice.candidates:
        found: dict[str, Any] = {"id": entry.user_id, "tasks": entry.open_tasks, "minutes": entry.open_minutes}
        if choice.match:
            found["match"] = choice.match[entry.user_id]
        if choice.turns:
            found["turn"] = choice.turns.get(entry.user_id, 0)
        yield found


def summary(data: Mapping[str, Any]) -> dict[str, Any]:
    """What the trail says of an assignment; the rest stands with the task."""
    left_out = {reason: len(people) for reason, people in data["left_out"].items()}
    kept = {name: data[name] for name in ("level", "strategy", "team", "in_place_of", "why") if data.get(name)}
    return {"to": data["to"], **kept, "candidates": len(data["candidates"]), "left_out": left_out}


def people_in(data: Mapping[str, Any] | None) -> set[str]:
    """Ids of everybody whom the assignment names."""
    if not data:
        return set()
    left_out = (user_id for people in data["left_out"].values() for user_id in people)
    named = (data["to"], data.get("in_place_of"), data.get("why", {}).get("from"))
    return {
        *left_out,
        *(one["id"] for one in data["candidates"]),
        *data.get("substitutes", {}).values(),
        *(user_id for user_id in named if user_id),
    }


def sentence(data: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """In one sentence, who has it and why."""
    level, strategy = Level(data["level"]), Strategy(data["strategy"])
    if level is Level.QUEUE:
        return f"It waits in the queue of the team {data.get('team')}: {len(data['candidates'])} people may claim it."
    if level is Level.NOBODY:
        return "Nobody may take it: it stays open for whoever looks after the people and their absences."
    who = _name(data["to"], names)
    if strategy is Strategy.SUBSTITUTE and data.get("in_place_of"):
        return f"{who}, who stands in for {_name(data['in_place_of'], names)}."
    place = f", in the place of {_name(data['in_place_of'], names)}" if data.get("in_place_of") else ""
    why = BY_LEVEL[level] or f"who {BY_STRATEGY[strategy]}"
    team = f" in the team {data['team']}" if data.get("team") and level is Level.ROLE else ""
    return f"{who}{place}, {why}{team}."


def reason_of(data: Mapping[str, Any], user_id: str, names: Mapping[str, str]) -> str:
    """Why the person was left out; empty for a candidate."""
    for reason, people in data["left_out"].items():
        if user_id in people:
            detail = data.get("details", {}).get(user_id)
            substitute = data.get("substitutes", {}).get(user_id)
            parts = [LEFT_OUT[Reason(reason)], detail, f"substitute {_name(substitute, names)}" if substitute else None]
            return "; ".join(part for part in parts if part)
    return ""


def _name(user_id: str, names: Mapping[str, str]) -> str:
    return names.get(user_id, user_id)

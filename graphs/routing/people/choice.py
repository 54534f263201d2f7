"""Who gets a task, chosen from what the task needs, the workforce and the time; pure, and it explains itself.

Somebody with the role and everything else the task needs; else the lead of the team; else a supervisor; else nobody,
and the task stays open for whoever looks after the workforce. Night is no reason to choose nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from graphs.routing.people.fitness import SUPERVISOR_ROLE, LeftOut, Reason, lacks_ability, lacks_right, lacks_time
from graphs.routing.people.need import TaskNeed
from graphs.routing.people.person import RosterEntry
from graphs.routing.people.substitutes import stand_in
from graphs.routing.people.workforce import Strategy, Team, Workforce


class Level(StrEnum):
    """As what somebody was chosen; `queue` for nobody yet, although some could; `nobody` where none could."""

    ROLE = "role"
    LEAD = "lead"
    SUPERVISOR = "supervisor"
    QUEUE = "queue"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who was chosen, and everybody else once: a candidate, or left out for one reason.

    `in_place_of` is the absent person for whom the chosen one stands in.
    """

    chosen: RosterEntry | None
    level: Level
    strategy: Strategy
    team: str | None
    candidates: tuple[RosterEntry, ...]
    left_out: Mapping[str, LeftOut]
    match: Mapping[str, int] = field(default_factory=dict)
    turns: Mapping[str, int] = field(default_factory=dict)
    in_place_of: str | None = None


@dataclass(slots=True, kw_only=True)
class _Survey:
    """Everybody looked at so far. `standing_in` names the absent person by who stands in for them."""

    need: TaskNeed
    workforce: Workforce
    team: Team | None
    now: datetime
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    standing_in: dict[str, str] = field(default_factory=dict)

    def able(self) -> list[RosterEntry]:
        """Those with the role who can take it, substitutes from outside the team among them."""
        for entry in self.workforce.people:
            self._note(entry, self._reason(entry, self.team))
        for entry in self.workforce.people:
            found = self.left_out.get(entry.user_id)
            if found is not None and found.reason is Reason.ABSENT:
                self._stand_in(entry, found)
        return self._remaining(self.workforce.people)

    def above(self, people: Sequence[RosterEntry], roles: Sequence[str]) -> list[RosterEntry]:
        """Those of them who may answer by one of the roles, and have time: abilities are asked of no superior."""
        for entry in people:
            rights = [lacks_right(entry, self.need, role=role) for role in roles]
            refused = None if None in rights else rights[-1]
            self._note(entry, refused or lacks_time(entry, self.now))
        return self._remaining(people)

    def _reason(self, entry: RosterEntry, team: Team | None) -> LeftOut | None:
        refused = lacks_right(entry, self.need, role=self.need.role)
        if refused is not None:
            return refused
        if team is not None and entry.user_id not in team.members:
            return LeftOut(reason=Reason.TEAM)
        return lacks_ability(entry, self.need) or lacks_time(entry, self.now)

    def _stand_in(self, absent: RosterEntry, found: LeftOut) -> None:
        found_in = stand_in(absent, self.workforce, self.now)
        if found_in.entry is None:
            self.left_out[absent.user_id] = replace(found, detail=f"{found.detail}; {found_in.why}")
            return
        entry = found_in.entry
        self.left_out[absent.user_id] = replace(found, substitute=entry.user_id)
        before = self.left_out.get(entry.user_id)
        # Somebody's substitute takes part although not in the team; every other reason is their own and stays.
        if before is not None and before.reason is Reason.TEAM:
            self._note(entry, self._reason(entry, None))
            if entry.user_id not in self.left_out:
                self.standing_in[entry.user_id] = absent.user_id

    def _note(self, entry: RosterEntry, found: LeftOut | None) -> None:
        if found is None:
            self.left_out.pop(entry.user_id, None)
        else:
            self.left_out[entry.user_id] = found

    def _remaining(self, people: Sequence[RosterEntry]) -> list[RosterEntry]:
        return [entry for entry in people if entry.user_id not in self.left_out]


def choose(need: TaskNeed, workforce: Workforce, now: datetime) -> Choice:
    """Who gets the task. Everybody of the workforce stands in the answer exactly once."""
    team = workforce.team_for(need.role)
    survey = _Survey(need=need, workforce=workforce, team=team, now=now)
    able = survey.able()
    if able and team is not None and team.queue:
        return _answer(survey, None, able, level=Level.QUEUE, strategy=team.strategy)
    if able:
        return _picked(survey, able)
    for level, people, roles in _superiors(survey):
        above = survey.above(people, roles)
        if above:
            present = _present(above, survey)
            chosen = min(present, key=_load)
            return _answer(survey, chosen, present, level=level, strategy=Strategy.LEAST_LOADED)
    return _answer(survey, None, [], level=Level.NOBODY, strategy=_strategy(team))


def _superiors(survey: _Survey) -> list[tuple[Level, list[RosterEntry], tuple[str, ...]]]:
    lead = survey.workforce.by_id.get(survey.team.lead_id or "") if survey.team else None
    supervisors = [entry for entry in survey.workforce.people if SUPERVISOR_ROLE in entry.roles]
    leads = [lead] if lead is not None else []
    return [
        (Level.LEAD, leads, (survey.need.role, SUPERVISOR_ROLE)),
        (Level.SUPERVISOR, supervisors, (SUPERVISOR_ROLE,)),
    ]


def _picked(survey: _Survey, able: list[RosterEntry]) -> Choice:
    """One of several by the strategy; or whoever the task itself asks for, where they are there in time."""
    strategy = _strategy(survey.team)
    for wanted, because in ((survey.need.given_to, Strategy.SUBSTITUTE), (survey.need.holder, Strategy.STICKY)):
        found = _in_time(survey, able, wanted) if wanted else None
        if found is not None:
            present = _present(able, survey, keep=found)
            return _answer(survey, found, present, level=Level.ROLE, strategy=because)
    present = _present(able, survey)
    turns = survey.team.turns if survey.team else {}
    match strategy:
        case Strategy.ROUND_ROBIN:
            chosen = min(present, key=lambda entry: (turns.get(entry.user_id, 0), entry.login))
        case Strategy.SKILL_FIRST:
            chosen = min(present, key=lambda entry: (-matching(entry, survey.need), *_load(entry)))
        case Strategy.LEAST_LOADED | Strategy.STICKY | Strategy.SUBSTITUTE:
            chosen = min(present, key=_load)
    return _answer(survey, chosen, present, level=Level.ROLE, strategy=strategy)


def _in_time(survey: _Survey, able: Sequence[RosterEntry], wanted: str) -> RosterEntry | None:
    """The person, or who stands in for them, if they may take it and work before the deadline."""
    left = survey.left_out.get(wanted)
    taker = left.substitute if left is not None and left.substitute else wanted
    found = next((entry for entry in able if entry.user_id == taker), None)
    begins = found.works_from(survey.now) if found else None
    if found is None or begins is None or begins > max(survey.now, survey.need.deadline_at):
        return None
    if found.user_id != wanted:
        survey.standing_in[found.user_id] = wanted
    return found


def _present(able: Sequence[RosterEntry], survey: _Survey, *, keep: RosterEntry | None = None) -> list[RosterEntry]:
    """Who works now; else who works first; else, where nobody's hours are known, all. The others are left out."""
    begins = {entry.user_id: entry.works_from(survey.now) for entry in able}
    first = min((at for at in begins.values() if at is not None), default=None)
    present: list[RosterEntry] = []
    for entry in able:
        at = begins[entry.user_id]
        if first is None or at == first or entry is keep:
            present.append(entry)
        else:
            detail = f"from {at.isoformat(timespec='minutes')}" if at else "nobody knows when"
            survey.left_out[entry.user_id] = LeftOut(reason=Reason.HOURS, detail=detail)
    return present


def _load(entry: RosterEntry) -> tuple[int, str]:
    return entry.open_minutes, entry.login


def _strategy(team: Team | None) -> Strategy:
    return team.strategy if team is not None else Strategy.LEAST_LOADED


def matching(entry: RosterEntry, need: TaskNeed) -> int:
    """How well the person's skills match: the sum of their levels in what the task needs."""
    return sum(entry.skills.get(skill, 0) for skill in need.skills)


def _answer(
    survey: _Survey,
    chosen: RosterEntry | None,
    candidates: Sequence[RosterEntry],
    *,
    level: Level,
    strategy: Strategy,
) -> Choice:
    return Choice(
        chosen=chosen,
        level=level,
        strategy=strategy,
        team=survey.team.name if survey.team else None,
        candidates=tuple(candidates),
        left_out=survey.left_out,
        match={entry.user_id: matching(entry, survey.need) for entry in candidates} if survey.need.skills else {},
        turns=survey.team.turns if survey.team and strategy is Strategy.ROUND_ROBIN else {},
        in_place_of=survey.standing_in.get(chosen.user_id) if chosen and level is Level.ROLE else None,
    )

"""The choice of a performer: pure, and it explains every alternative.

What definitely speaks against a performer excludes it: the case's data, the rules, a switch, a failure before. Of the
others, in the order in which they are declared, the first counts that begins within the step's patience and is done by
the deadline. Where none is, the one that is done first is taken if there is a deadline, else the one that begins first.
People begin and go on in their own hours; of whom nobody knows these, come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from graphs.routing.performers.standing import Standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A performer as it stands for one case. `against` is what excludes it, None where nothing does."""

    name: str
    kind: str
    takes: timedelta
    against: str | None = None
    standing: Standing = field(default_factory=Standing)

    @property
    def usual(self) -> timedelta:
        """How long it takes: as learned, else as declared."""
        return self.standing.usual or self.takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """What was found of one candidate.

    `starts_at` and `done_at` are expected; None where it is excluded, or nobody knows when it begins or is done.
    """

    candidate: Candidate
    able: bool
    why: str
    starts_at: datetime | None = None
    done_at: datetime | None = None

    def recorded(self) -> dict[str, Any]:
        """As the trail and the pages show it."""
        one = self.candidate
        expected = {"starts_at": self.starts_at, "done_at": self.done_at}
        learned = f"{_seconds(one.standing.usual)} s, of {one.standing.samples}" if one.standing.usual else None
        return {
            "performer": one.name,
            "kind": one.kind,
            "able": self.able,
            "why": self.why,
            **{name: at.isoformat() if at else None for name, at in expected.items()},
            "takes": learned or f"{_seconds(one.takes)} s, as declared",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Who is to perform (None: nobody is left), why, and what was found of every alternative.

    `others` could do it too; `waits` says that the one chosen cannot begin at once.
    """

    performer: str | None
    because: str
    considered: tuple[Considered, ...]
    deadline: datetime | None = None
    waits: bool = False

    @property
    def others_from(self) -> datetime | None:
        """When the first of the others begins; None where there is none, or nobody knows."""
        able = (found for found in self.considered if found.able and found.candidate.name != self.performer)
        return min((found.starts_at for found in able if found.starts_at is not None), default=None)

    @property
    def others(self) -> tuple[str, ...]:
        """Those who could do it instead, in order."""
        able = (found.candidate.name for found in self.considered if found.able)
        return tuple(name for name in able if name != self.performer)

    def recorded(self) -> dict[str, Any]:
        """As the trail and the pages show it."""
        return {
            "performer": self.performer,
            "because": self.because,
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "considered": [found.recorded() for found in self.considered],
        }


def choose(
    candidates: Sequence[Candidate],
    *,
    now: datetime,
    patience: timedelta,
    deadline: datetime | None = None,
    keep: str | None = None,
    keep_because: str = "",
) -> Choice:
    """The performer, of candidates in the order of preference. The same arguments always choose the same.

    `keep` is who was chosen before and stays: it is not asked whether another would be better now.
    """
    considered = tuple(_considered(one, now=now, patience=patience, deadline=deadline) for one in candidates)
    able = [found for found in considered if found.able]
    kept = next((found for found in considered if found.candidate.name == keep), None)
    if kept is not None:
        return _chosen(kept, keep_because, considered, now=now, deadline=deadline)
    if not able:
        return Choice(performer=None, because=nobody_left(considered), considered=considered, deadline=deadline)
    fitting = [found for found in able if _fits(found, now=now, patience=patience, deadline=deadline)]
    if fitting:
        return _chosen(fitting[0], _first_because(fitting[0], considered), considered, now=now, deadline=deadline)
    if deadline is not None:
        soonest, because = min(able, key=_done), "none is done by the deadline within patience; it is done first"
    else:
        soonest, because = min(able, key=_starts), "none begins within patience; it begins first"
    if soonest.starts_at is None:
        because = "nobody knows when any of those left begins; it is preferred"
    return _chosen(soonest, because, considered, now=now, deadline=deadline)


def nobody_left(considered: Sequence[Considered]) -> str:
    """Why nobody is left, naming each."""
    return "nobody is left: " + "; ".join(f"{found.candidate.name}: {found.why}" for found in considered)


def _considered(one: Candidate, *, now: datetime, patience: timedelta, deadline: datetime | None) -> Considered:
    if one.against is not None:
        return Considered(candidate=one, able=False, why=one.against)
    if one.standing.off is not None:
        return Considered(candidate=one, able=False, why=f"switched off: {one.standing.off}")
    starts_at = one.standing.starts_at(now, takes=one.usual)
    done_at = one.standing.done_at(starts_at, takes=one.usual) if starts_at is not None else None
    notes = [one.standing.in_words(now)]
    if starts_at is not None and starts_at - now > patience:
        notes.append(f"it would begin in {_seconds(starts_at - now)} s, and is waited for {_seconds(patience)} s")
    if deadline is not None and done_at is not None and done_at > deadline:
        notes.append(f"it would be done {_seconds(done_at - deadline)} s after the deadline")
    why = "; ".join(note for note in notes if note) or "can begin at once"
    return Considered(candidate=one, able=True, why=why, starts_at=starts_at, done_at=done_at)


def _chosen(
    found: Considered, because: str, considered: tuple[Considered, ...], *, now: datetime, deadline: datetime | None
) -> Choice:
    return Choice(
        performer=found.candidate.name,
        because=because,
        considered=considered,
        deadline=deadline,
        waits=found.able and (found.starts_at is None or found.starts_at > now),
    )


def _first_because(found: Considered, considered: Sequence[Considered]) -> str:
    passed = [one.candidate.name for one in considered[: considered.index(found)]]
    return f"preferred to all after it; not {', '.join(passed)}" if passed else "preferred to all others"


def _fits(found: Considered, *, now: datetime, patience: timedelta, deadline: datetime | None) -> bool:
    if found.starts_at is None or found.starts_at - now > patience:
        return False
    return deadline is None or (found.done_at is not None and found.done_at <= deadline)


def _starts(found: Considered) -> tuple[bool, datetime]:
    return _last_if_unknown(found.starts_at)


def _done(found: Considered) -> tuple[bool, bool, datetime]:
    """By when it is done; of those of whom nobody knows, by when it begins."""
    unknown, at = _last_if_unknown(found.done_at or found.starts_at)
    return found.done_at is None, unknown, at


def _last_if_unknown(at: datetime | None) -> tuple[bool, datetime]:
    return (True, datetime.max.replace(tzinfo=UTC)) if at is None else (False, at)


def _seconds(span: timedelta) -> int:
    """Whole seconds, rounded up: what is recorded holds no fractions."""
    return -(-span // timedelta(seconds=1))

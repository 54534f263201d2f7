"""Questions in plain words, in English and German, read without a model: which query or action is meant, if any is."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from graphs.chat.intent import (
    THIS,
    AcknowledgeAction,
    Action,
    CancelAction,
    CaseAction,
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
    Status,
    SuspendAction,
    TasksQuery,
    ThroughputQuery,
    TrailQuery,
    WhoQuery,
    WhyQuery,
)
from graphs.chat.lexicon import LONGEST, NUMBERS, SENSES, STATUSES, UNITS, VERBS, Sense
from graphs.chat.spelling import folded, split
from graphs.chat.vocabulary import LONGEST_PHRASE, Meaning, MeaningKind, Vocabulary

MOST_WORDS: Final = 80
KEPT_INSIDE: Final = frozenset("-_./@")
DAY: Final = 24 * 60
MOST_DAYS: Final = 31
GROUP_LENGTH: Final = 16
ON_A_CASE: Final[Mapping[Sense, type[CaseAction]]] = {
    Sense.RETRY: RetryAction,
    Sense.SUSPEND: SuspendAction,
    Sense.RESUME: ResumeAction,
    Sense.CANCEL: CancelAction,
    Sense.CLAIM: ClaimAction,
    Sense.RELEASE: ReleaseAction,
    Sense.ACKNOWLEDGE: AcknowledgeAction,
}


NEEDS_A_CASE: Final = (Sense.RETRY, Sense.SUSPEND, Sense.RESUME, Sense.CANCEL)
"""An order without a case is no question about many of them."""
ONE: Final = frozenset({"a", "an", "next", "last", "past", "letzten", "letzte", "naechsten", "naechste"})
"""Before a unit these mean one of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a question was read as; None where it was not. `left_out` are the words that nothing was made of."""

    intent: Query | Action | None
    left_out: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every word was understood."""
        return self.intent is not None and not self.left_out


@dataclass(slots=True)
class _Found:
    """What the words of a question mean, in their order."""

    senses: list[Sense] = field(default_factory=list)
    meanings: list[Meaning] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)
    minutes: int | None = None
    unknown: list[str] = field(default_factory=list)

    def has(self, *senses: Sense) -> bool:
        return any(sense in self.senses for sense in senses)

    def named(self, kind: MeaningKind) -> str | None:
        """The name; of several topics the last, which is what the others describe."""
        found = [meaning.name for meaning in self.meanings if meaning.kind == kind]
        return (found[-1] if kind == "topic" else found[0]) if found else None

    @property
    def known(self) -> int:
        """How many things the question says that mean something."""
        words = [sense for sense in self.senses if sense is not Sense.FILLER]
        return len(words) + len(self.meanings) + len(self.references) + (self.minutes is not None)

    @property
    def case(self) -> str | None:
        """The case that is meant; `this` where the open one is."""
        if self.references:
            return self.references[0]
        return THIS if self.has(Sense.THIS) else None

    @property
    def status(self) -> Status | None:
        found = (sense for sense in self.senses if sense in STATUSES)
        return next((status for sense in found for status in get_args(Status) if status == sense.value), None)

    @property
    def days(self) -> int:
        return max(1, min(MOST_DAYS, (self.minutes or 14 * DAY) // DAY))


def tokens_of(text: str) -> list[str]:
    """The words of a text as they were written, without the punctuation around them."""
    for possessive in ("'s ", "’s "):
        text = text.replace(possessive, " ")
    spaced = "".join(letter if letter.isalnum() or letter in KEPT_INSIDE else " " for letter in text)
    found = (token.strip("".join(KEPT_INSIDE)) for token in spaced.split())
    return [token for token in found if token][:MOST_WORDS]


def read_question(text: str, vocabulary: Vocabulary) -> Reading:
    """What the question asks for. Whatever it says of anything else is in `left_out`.

    Where as many words are unknown as known, the known ones are a coincidence, and nothing is understood.
    """
    found = _scan(tokens_of(text), vocabulary)
    if found.unknown and len(found.unknown) >= found.known:
        return Reading(intent=None, left_out=tuple(found.unknown))
    intent = _action(found) or (None if found.has(*NEEDS_A_CASE) else _about_a_case(found) or _about_many(found))
    return Reading(intent=intent, left_out=tuple(found.unknown))


def _scan(tokens: Sequence[str], vocabulary: Vocabulary) -> _Found:
    """Read from left to right; of several phrases that begin at a word the longest counts."""
    found = _Found()
    place = 0
    while place < len(tokens):
        place += _next(tokens[place:], vocabulary, found)
    return found


def _next(tokens: Sequence[str], vocabulary: Vocabulary, found: _Found) -> int:
    """Read what begins at the first token; returns how many tokens that was."""
    length = _length(tokens)
    if length is not None:
        found.minutes, taken = length
        return taken
    if _is_case_id(tokens[0]):
        found.references.append(tokens[0].casefold())
        return 1
    for count in range(min(len(tokens), max(LONGEST, LONGEST_PHRASE)), 0, -1):
        words = split(" ".join(tokens[:count]))
        sense, meaning = SENSES.get(words), vocabulary.meaning(words)
        # What a process calls its things goes before words that only hold a sentence together.
        if meaning is not None and (sense is None or sense is Sense.FILLER):
            found.meanings.append(meaning)
            return count
        if sense is not None:
            found.senses.append(sense)
            return count
    return _reference(tokens[0], found)


def _length(tokens: Sequence[str]) -> tuple[int, int] | None:
    """A number and a unit: in minutes, and how many tokens they are."""
    word = folded(tokens[0])
    number = NUMBERS.get(word, int(word) if word.isascii() and word.isdecimal() and len(word) < 6 else None)
    if word in ONE:
        number = 1
    for count in (2, 1):
        unit = UNITS.get(split(" ".join(tokens[1 : 1 + count])))
        if number and unit is not None and len(tokens) > count:
            return number * unit, 1 + count
    digits = word.rstrip("mhdwt")
    unit = {"m": 1, "h": 60, "d": DAY, "t": DAY, "w": 7 * DAY}.get(word[len(digits) :])
    if digits.isascii() and digits.isdecimal() and len(digits) < 6 and int(digits) > 0 and unit:
        return int(digits) * unit, 1
    return None


def _is_case_id(token: str) -> bool:
    try:
        uuid.UUID(token)
    except ValueError:
        return False
    return "-" in token


def _reference(token: str, found: _Found) -> int:
    """A word with a digit in it is what something is called, any other is not known."""
    word = token.casefold()
    if len(word) == GROUP_LENGTH and all(letter in "0123456789abcdef" for letter in word):
        found.groups.append(word)
    elif any(letter.isdecimal() for letter in token) and len(token) >= (4 if token.isdecimal() else 3):
        found.references.append(token[:80])
    else:
        found.unknown.append(token)
    return 1


def _action(found: _Found) -> Action | None:
    """The order that is meant; a verb without anything that it is about is none."""
    verb = next((sense for sense in found.senses if sense in VERBS), None)
    if verb is Sense.RETRY and found.groups:
        return RetryGroupAction(group=found.groups[0])
    if verb is None or found.case is None or found.has(Sense.WHO, Sense.WHY):
        return None
    person = found.named("person")
    if person is not None and verb in (Sense.REASSIGN, Sense.CLAIM, Sense.RELEASE):
        return ReassignAction(case=found.case, to=person)
    return ON_A_CASE[verb].model_validate({"case": found.case}) if verb in ON_A_CASE else None


def _about_a_case(found: _Found) -> Query | None:
    case = found.case
    if case is None:
        return None
    if found.has(Sense.TRAIL):
        return TrailQuery(case=case)
    if found.has(Sense.WHO) and not found.has(Sense.WHY):
        return WhoQuery(case=case)
    stands = found.has(Sense.WHY, Sense.WAIT, Sense.STOPPED, Sense.CASES)
    return WhyQuery(case=case) if found.references or stands else None


def _about_many(found: _Found) -> Query | None:
    process = found.named("process")
    if found.has(Sense.LOAD):
        return LoadQuery()
    if found.has(Sense.HOW_MANY, Sense.BY_STATUS, Sense.BY_STEP) and not _narrowed(found):
        return CountsQuery(by="status" if found.has(Sense.BY_STATUS) else "step", process=process)
    if _by_day(found):
        return ThroughputQuery(days=1 if found.has(Sense.TODAY) else found.days, process=process)
    if found.has(Sense.INCIDENTS) or (found.has(Sense.WHY) and found.has(Sense.STOPPED, Sense.CASES)):
        return IncidentsQuery(process=process)
    if found.has(Sense.RISK) and not found.has(Sense.TASKS):
        return LateQuery()
    if (
        found.has(Sense.TASKS, Sense.MINE, Sense.OTHERS, Sense.UNASSIGNED)
        or found.named("person")
        or found.named("role")
    ):
        return _tasks(found)
    if process or found.status or found.named("topic") or found.has(Sense.CASES, Sense.WAIT, Sense.OVERDUE):
        return _cases(found)
    if found.has(Sense.DUE):
        return _tasks(found)
    return HelpQuery() if found.has(Sense.HELP) else None


def _by_day(found: _Found) -> bool:
    """Whether what came in and went out is asked for, not what is there."""
    if found.has(Sense.WAIT, Sense.TASKS, Sense.DUE, Sense.MINE, Sense.OVERDUE):
        return False
    counted = found.has(Sense.HOW_MANY) and found.minutes is not None
    return found.has(Sense.THROUGHPUT) or counted or (found.has(Sense.TODAY) and found.status is None)


def _narrowed(found: _Found) -> bool:
    """Whether a number is wanted of some, not of all."""
    picked: Collection[object | None] = (found.status, found.named("topic"), found.minutes, found.named("person"))
    senses = found.has(Sense.OVERDUE, Sense.TASKS, Sense.INCIDENTS, Sense.MINE, Sense.UNASSIGNED, Sense.RISK)
    return any(one is not None for one in picked) or senses or found.has(Sense.THROUGHPUT, Sense.TODAY)


def _tasks(found: _Found) -> TasksQuery:
    person = found.named("person")
    due = found.minutes if found.has(Sense.DUE) else None
    if found.has(Sense.DUE) and found.has(Sense.TODAY):
        due = DAY
    return TasksQuery(
        whose=None if person else _whose(found),
        person=person,
        role=found.named("role"),
        about=found.named("topic"),
        due_minutes=due,
        waiting_minutes=None if found.has(Sense.DUE) else found.minutes,
        overdue=found.has(Sense.OVERDUE),
    )


def _whose(found: _Found) -> Literal["mine", "others", "unassigned"] | None:
    if found.has(Sense.UNASSIGNED):
        return "unassigned"
    if found.has(Sense.OTHERS):
        return "others"
    return "mine" if found.has(Sense.MINE) else None


def _cases(found: _Found) -> CasesQuery:
    status = found.status
    over = status in ("done", "rejected", "cancelled")
    return CasesQuery(
        status=status,
        process=found.named("process"),
        about=None if over else found.named("topic"),
        waiting_minutes=None if over else found.minutes,
        overdue=found.has(Sense.OVERDUE) and not over,
    )


def nearest(word: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """The known words that begin like `word`, or share most pairs of letters with it."""
    pairs = {word[place : place + 2] for place in range(len(word) - 1)}

    def shared(other: str) -> float:
        own = {other[place : place + 2] for place in range(len(other) - 1)}
        return len(pairs & own) / max(1, len(pairs | own)) + (other.startswith(word) and len(word) > 1)

    ranked = sorted(set(known), key=lambda other: (-shared(other), other))
    return [other for other in ranked if shared(other) >= 0.3][:most]

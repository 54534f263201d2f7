"""The words of questions, in English and German, and what each of them means."""

from __future__ import annotations

from enum import StrEnum
from importlib.resources import files
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from graphs.chat.spelling import split
from policies.strict_yaml import read_strictly


class Sense(StrEnum):
    """What a word of a question adds to its meaning."""

    CASES = "cases"
    TASKS = "tasks"
    INCIDENTS = "incidents"
    WHO = "who"
    WHY = "why"
    WAIT = "wait"
    OVERDUE = "overdue"
    DUE = "due"
    RISK = "risk"
    MINE = "mine"
    OTHERS = "others"
    UNASSIGNED = "unassigned"
    HOW_MANY = "how_many"
    BY_STATUS = "by_status"
    BY_STEP = "by_step"
    THROUGHPUT = "throughput"
    LOAD = "load"
    TRAIL = "trail"
    THIS = "this"
    TODAY = "today"
    HELP = "help"
    TO = "to"
    FILLER = "filler"
    RETRY = "retry"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"
    CLAIM = "claim"
    RELEASE = "release"
    REASSIGN = "reassign"
    ACKNOWLEDGE = "acknowledge"
    RUNNING = "running"
    SUSPENDED = "suspended"
    STOPPED = "incident"
    DONE = "done"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    COMPENSATING = "compensating"


STATUSES: Final = (
    Sense.RUNNING,
    Sense.SUSPENDED,
    Sense.STOPPED,
    Sense.DONE,
    Sense.REJECTED,
    Sense.CANCELLED,
    Sense.COMPENSATING,
)
VERBS: Final = (
    Sense.RETRY,
    Sense.SUSPEND,
    Sense.RESUME,
    Sense.CANCEL,
    Sense.CLAIM,
    Sense.RELEASE,
    Sense.REASSIGN,
    Sense.ACKNOWLEDGE,
)

Phrases = Annotated[tuple[str, ...], Field(min_length=1)]


class _Lexicon(BaseModel):
    """The file beside this module."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    senses: dict[Sense, Phrases]
    units: dict[int, Phrases]
    numbers: dict[int, Phrases]


def _read() -> _Lexicon:
    text = files("graphs.chat").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    return _Lexicon.model_validate(read_strictly(text))


def _by_words(said: _Lexicon) -> dict[tuple[str, ...], Sense]:
    found: dict[tuple[str, ...], Sense] = {}
    for sense, phrases in said.senses.items():
        for phrase in phrases:
            found.setdefault(split(phrase), sense)
    return found


_LEXICON: Final = _read()
SENSES: Final = _by_words(_LEXICON)
UNITS: Final = {split(phrase): minutes for minutes, phrases in _LEXICON.units.items() for phrase in phrases}
NUMBERS: Final = {split(phrase)[0]: number for number, phrases in _LEXICON.numbers.items() for phrase in phrases}
LONGEST: Final = max(len(words) for words in SENSES)

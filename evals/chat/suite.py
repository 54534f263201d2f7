"""The suite `chat`: questions in English and German become the query or proposal that a person meant, without a model.

What is not understood must be refused, and no question that only asks may become a proposal to do something. The
questions were written after the lexicon, which has learned from those that it did not understand: of these, 109 of 128
were right before. The figures hold what is understood; they do not foresee what the next person will type.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict
from pydantic_evals import Dataset

from evals.case_file import load_cases
from evals.figure import Figure, share
from evals.result import Result
from evals.suite import Seen, Suite
from graphs.chat.command import read_command, rendered
from graphs.chat.intent import ACTIONS
from graphs.chat.phrasing import read_question
from graphs.chat.vocabulary import Person, Vocabulary, vocabulary_of
from graphs.processes.released import process_definitions
from policies.packaged import rule_book

SUITE: Final = "chat"
CASES: Final = Path(str(files("evals"))) / "datasets" / "chat.yaml"
PEOPLE: Final = (("clara", "Clara Clerk"), ("mara", "Mara Manager"), ("dario", "Dario Director"))
ROLES: Final = {"ap_clerk": "Accounts payable clerk", "approver": "Approver", "supervisor": "Supervisor"}
MARGIN: Final = 0.02


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Asked(_Model):
    """A question as somebody types it."""

    question: str


class Meant(_Model):
    """The canonical command that the question means; null where it means nothing that can be asked."""

    command: str | None


class Kind(_Model):
    """In which language, and whether it asks, orders, or neither."""

    language: Literal["en", "de"]
    kind: Literal["query", "action", "nothing"]


class Read(_Model):
    """What the grammar made of it."""

    command: str | None
    left_out: tuple[str, ...]


Run = Seen[Asked, Read, Meant, Kind]


@cache
def vocabulary() -> Vocabulary:
    """The words of the released processes, with a few people."""
    definitions = process_definitions()
    known = vocabulary_of(definitions, {pack: rule_book(pack) for pack in {one.pack for one in definitions}})
    return known.with_people([Person(id=login, login=login, name=name) for login, name in PEOPLE], ROLES)


def understood(asked: Asked) -> Read:
    """The question as the grammar reads it."""
    reading = read_question(asked.question, vocabulary())
    command = rendered(reading.intent) if reading.intent is not None else None
    return Read(command=command, left_out=reading.left_out)


def run_chat(*, repeat: int = 1) -> Result:
    """Read every question. Raises `CasesInvalid`."""
    dataset = load_cases(CASES, inputs=Asked, expected=Meant, metadata=Kind)
    return asyncio.run(_suite(dataset).run(repeat=repeat))


def _suite(dataset: Dataset[Asked, Meant, Kind]) -> Suite[Asked, Read, Meant, Kind]:
    async def task(inputs: Asked) -> Read:
        return understood(inputs)

    return Suite(
        name=SUITE,
        dataset=dataset,
        task=task,
        checks={"right query": right},
        hard={"proposals where nothing was to be done": unasked},
        show=lambda seen: (str(seen.expected.command), f"{seen.output.command} (left out: {seen.output.left_out})"),
        group=lambda metadata: f"{metadata.language} {metadata.kind}",
        figures=_by_language,
        margin=MARGIN,
    )


def right(seen: Run) -> bool:
    """Whether it is the query that is meant, with every part."""
    return seen.output.command == seen.expected.command


def unasked(seen: Run) -> int:
    """1 where somebody only asked, and a card would be shown."""
    got = seen.output.command
    return int(seen.metadata.kind != "action" and got is not None and isinstance(read_command(got), ACTIONS))


def _by_language(seen: Sequence[Run]) -> Iterator[Figure]:
    by: defaultdict[str, list[Run]] = defaultdict(list)
    for one in seen:
        by[one.metadata.language].append(one)
    for language, of_it in by.items():
        yield share(f"{language}: right query", sum(map(right, of_it)), len(of_it), margin=MARGIN)
    whole = [one for one in seen if one.expected.command is not None]
    yield share("every word understood", sum(not one.output.left_out for one in whole), len(whole), margin=MARGIN)

"""The toy process, with the amount in each case's subject: `500` goes straight through, `1500` asks a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import Reader, ReadStep
from graphs.store.database import Database
from policies.fact import Fact, Integrity, Source, SourceKind
from tests.support.engine import Engine
from tests.support.toy import AmountReader, Notebook, toy_definition
from tools.errors import Transient

POISON = "poison"
STRAIGHT = "500"
ASKED = "1500"


class Subject(BaseModel):
    """What a case is about."""

    subject: str


class SubjectReader(AmountReader):
    """Reads the amount from the subject; the poisoned one can never be read."""

    arguments = Subject  # type: ignore[assignment]  # the toy's own reader takes no arguments

    def __init__(self) -> None:
        super().__init__(0)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        subject = Subject.model_validate(arguments).subject
        if subject == POISON:
            raise Transient("the document cannot be read", tool=self.name)
        return {"amount": int(subject)}


async def look_up_subject(case: CaseView, reader: Reader) -> Mapping[str, Any]:
    result = await reader.read("toy.read", {"subject": case.input["subject"]})
    source = Source(kind=SourceKind.SYSTEM_OF_RECORD, ref="toy")
    return {
        "facts": {
            "amount": Fact(value=result["amount"], confidence=1.0, source=source, integrity=Integrity.TRUSTED),
        }
    }


def chaos_engine(database: Database, url: str) -> Engine:
    """The chaos process, writing into a notebook in memory."""
    return Engine(
        database=database, url=url, reader=SubjectReader(), notebook=Notebook(), definitions=(chaos_definition(),)
    )


def chaos_definition() -> ProcessDefinition:
    """look_up → check → propose → (approve) → write → done."""
    toy = toy_definition()
    look_up = ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up_subject, next="check")
    return replace(toy, steps=(look_up, *toy.steps[1:]))

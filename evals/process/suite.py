"""The suite `process`: invoices through Procure-to-Pay on the twins, to the end or to the person who is asked."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field
from pydantic_evals import Dataset

from evals.case_file import load_cases
from evals.figure import Figure, share
from evals.process.case_run import Asked, CaseRun
from evals.process.database import fresh_database
from evals.process.invoice import Invoice
from evals.process.office import Office, Said
from evals.result import Result
from evals.suite import Seen, Suite
from graphs.agents.spending import ModelTerms
from graphs.store.database import Database
from tools.clock import utc_now
from tools.document.isolation import Safeguards
from tools.document.validation.validator import Validator
from tools.llm.gateway import Gateway
from tools.testing.invoices.sandbox import load_sandbox

SUITE: Final = "process"
CASES: Final = Path(str(files("evals"))) / "datasets" / "process.yaml"
CLOSED: Final = ModelTerms()
"""No answer of an agent counts by itself: as shipped."""


class ProcessInputs(BaseModel):
    """What arrives, in order, and how people answer the last of it. Those before it run to their end unasked."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    invoice: Invoice
    before: tuple[Invoice, ...] = ()
    answers: tuple[Said, ...] = ()


class ProcessExpected(BaseModel):
    """How the case ends, which effects it has, in order, and whom it asks why, in order."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ends: Literal["done", "rejected", "waiting"]
    effects: tuple[str, ...] = ()
    asked: tuple[Asked, ...] = ()


class ProcessMetadata(BaseModel):
    """The exception of Procure-to-Pay that the case is about, and what a reader should know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    exception: Annotated[str, Field(min_length=1)]
    note: str = ""


class OpenOffice(Protocol):
    """Opens an office; without a model its cases ask no agent."""

    async def __call__(self, *, model: Gateway | None = None, terms: ModelTerms = CLOSED) -> Office:
        """A tenant of its own, with an ERP of its own."""
        ...


Run = Seen[ProcessInputs, CaseRun, ProcessExpected, ProcessMetadata]


def process_cases(path: Path = CASES) -> Dataset[ProcessInputs, ProcessExpected, ProcessMetadata]:
    """The cases of the suite. Raises `CasesInvalid`."""
    return load_cases(path, inputs=ProcessInputs, expected=ProcessExpected, metadata=ProcessMetadata)


def run_process(folder: Path, *, repeat: int = 1) -> Result:
    """Run every case on a database of its own in `folder`. Raises `CasesInvalid`, `EmbeddedPostgresFailed`."""
    dataset = process_cases()
    with fresh_database(folder) as url:
        return asyncio.run(run_on(url, dataset, repeat=repeat))


async def run_on(
    url: str, dataset: Dataset[ProcessInputs, ProcessExpected, ProcessMetadata], *, repeat: int = 1
) -> Result:
    """Run the cases on the database at `url`, each in a tenant of its own."""
    async with offices(url) as open_office:
        return await _suite(open_office, dataset).run(repeat=repeat)


@asynccontextmanager
async def offices(url: str) -> AsyncIterator[OpenOffice]:
    """Opens offices on the database at `url`, each a tenant of its own; e-invoices are validated as in production."""
    database, validator = Database(url, clock=utc_now), Validator()

    async def opened(*, model: Gateway | None = None, terms: ModelTerms = CLOSED) -> Office:
        office = Office(
            model=model,
            terms=terms,
            database=database,
            tenant=f"t{uuid.uuid4().hex[:12]}",
            today=utc_now().date(),
            safeguards=Safeguards(validator=validator),
        )
        await office.open()
        return office

    try:
        yield opened
    finally:
        validator.close()
        await database.close()


async def run_case(office: Office, inputs: ProcessInputs) -> CaseRun:
    """One case, in an office that has seen nothing before."""
    sandbox, today = load_sandbox(), office.today
    for earlier in inputs.before:
        await office.work(earlier.incoming(sandbox, today))
    office.asked.clear()
    case = await office.work(inputs.invoice.incoming(sandbox, today), inputs.answers)
    return await office.run_of(case)


def _suite(
    open_office: OpenOffice, dataset: Dataset[ProcessInputs, ProcessExpected, ProcessMetadata]
) -> Suite[ProcessInputs, CaseRun, ProcessExpected, ProcessMetadata]:
    async def task(inputs: ProcessInputs) -> CaseRun:
        return await run_case(await open_office(), inputs)

    return Suite(
        name=SUITE,
        dataset=dataset,
        task=task,
        checks={
            "ends": lambda seen: seen.output.status == seen.expected.ends,
            "effects": lambda seen: tools(seen.output) == seen.expected.effects,
            "asked": lambda seen: seen.output.asked == seen.expected.asked,
            "no incident": lambda seen: not seen.output.incidents,
        },
        hard={
            "effects without a verdict": lambda seen: seen.output.unjudged,
            "effects that happened twice": lambda seen: seen.output.doubled,
        },
        show=lambda seen: (in_words(seen.expected), in_words(_reached(seen.output))),
        group=lambda metadata: metadata.exception,
        figures=_figures,
    )


def tools(run: CaseRun) -> tuple[str, ...]:
    """The tools of a run's effects, in order."""
    return tuple(effect.partition(" ")[0] for effect in run.effects)


def _reached(run: CaseRun) -> ProcessExpected:
    known: Any = run.status if run.status in ("done", "rejected", "waiting") else "waiting"
    return ProcessExpected(ends=known, effects=tools(run), asked=run.asked)


def in_words(end: ProcessExpected) -> str:
    """An end in one line."""
    people = [f"{one.step} of {one.role} ({', '.join(one.because)})" for one in end.asked]
    return f"{end.ends}; effects: {', '.join(end.effects) or 'none'}; asked: {'; '.join(people) or 'nobody'}"


def _figures(seen: Sequence[Run]) -> Iterator[Figure]:
    yield share("without a person", sum(not one.output.asked for one in seen), len(seen))
    seconds = [one.seconds for one in seen]
    if seconds:
        yield Figure(
            name="seconds a case",
            value=sum(seconds) / len(seconds),
            samples=len(seconds),
            unit="seconds",
            better="lower",
        )

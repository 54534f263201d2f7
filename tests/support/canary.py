"""A canary: a text that stands wherever a person's value can enter, and the places where it must not be found."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
from psycopg import sql
from pydantic import BaseModel

from graphs.intake import Incoming, Intake
from graphs.tasks import Answer
from tests.conftest import TestDatabase
from tests.support.api import caller
from tests.support.engine import Engine
from tests.support.own_cluster import binaries
from tests.support.people import actor
from tests.support.toy import AmountReader, Notebook
from tools.errors import Ambiguous, Permanent

CANARY = 'Zdeněk "Zed" O\'Cañary-7f3a'
"""With all that has to be escaped in JSON, SQL and bytes."""

NUMBER = 94_243
"""A value that a reviewer enters as a number."""

TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"


class TellingReader(AmountReader):
    """A reader whose answers name a person."""

    async def execute(self, arguments: Any, *, key: str) -> dict[str, Any]:
        return {**await super().execute(arguments, key=key), "contact": {CANARY: [CANARY, f"c/o {CANARY}"]}}


class TellingNotebook(Notebook):
    """A notebook whose first call happens, and fails with a message that names a person."""

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        written = await super().execute(arguments, key=key)
        if self.calls == 1:
            raise Ambiguous(f"lost the line while writing to {CANARY}", tool=self.name)
        return written


async def planted(engine: Engine) -> str:
    """A case that ended, in which the canary stands everywhere: input, original, mail, reasons, results, errors."""
    engine.reader = TellingReader(5_000, Permanent(f"{CANARY} is unknown", tool="toy.read", code="unknown"))
    engine.notebook = TellingNotebook()
    case_id = await _started(engine)
    await engine.advance(case_id)
    [incident] = await engine.incidents_of(case_id)
    await engine.retry(incident.id)
    await engine.advance(case_id)
    await engine.answer(
        case_id, "anton", Answer(decision="correct", set={"amount": str(NUMBER)}, reason=f"{CANARY} wrote another sum")
    )
    await engine.advance(case_id)
    await engine.answer(
        case_id, "dora", Answer(decision="approve", reason=f"{CANARY} called", evidence={"call": CANARY})
    )
    await engine.advance(case_id)
    engine.clock.ahead += timedelta(minutes=5)
    await engine.sweep.fire_due()
    await engine.advance(case_id)
    assert (await engine.case(case_id)).status == "done", await engine.trail_of(case_id)
    return case_id


async def _started(engine: Engine) -> str:
    incoming = Incoming(
        name=f"{CANARY}.pdf",
        media_type="application/pdf",
        content=b"%PDF \x00\xff " + CANARY.encode() + b" \x00",
        channel="mail",
        sender=f"{CANARY} <zed@example.org>",
    )
    intake = Intake(services=engine.services)
    who = await actor(engine.database, "clara")
    started = await intake.document(
        who, "toy", incoming, key=f"mail {CANARY}", extra={"subject": f"A note by {CANARY}"}
    )
    return started.case.id


def places_in_tables(database: TestDatabase, *sought: str) -> list[str]:
    """Every table that holds one of the texts in any column of any row, bytes included."""
    with psycopg.connect(database.owner_url) as owner:
        names = [name for (name,) in owner.execute(TABLES)]
        rows = {
            name: [
                row
                for (row,) in owner.execute(sql.SQL("SELECT to_jsonb(t)::text FROM {} t").format(sql.Identifier(name)))
            ]
            for name in names
        }
    return sorted({name for name, found in rows.items() for row in found if any(form in row for form in forms(sought))})


def places_in_dump(database: TestDatabase, *sought: str) -> list[str]:
    """The lines of a plain dump of the whole database that hold one of the texts."""
    command = [str(binaries() / "pg_dump"), "--format=plain", f"--dbname={database.owner_url}"]
    dump = subprocess.run(command, check=True, capture_output=True, text=True, timeout=50).stdout
    return [line[:120] for line in dump.splitlines() if any(form in line for form in forms(sought))]


async def places_in_exports(engine: Engine, case_id: str, *sought: str) -> list[str]:
    """The paths of the API whose answers about the case hold one of the texts."""
    async with caller(engine, "sven") as client:
        case = (await client.get(f"/cases/{case_id}")).json()
        paths = [f"/cases/{case_id}", f"/cases/{case_id}/audit", "/cases", "/incidents"]
        paths += [f"/tasks/{task['id']}" for task in case["tasks"]]
        answers = {path: await client.get(path) for path in paths}
    assert {answer.status_code for answer in answers.values()} == {200}
    return [path for path, answer in answers.items() if any(form in answer.text for form in forms(sought))]


def forms(sought: tuple[str, ...]) -> Iterator[str]:
    """A text as it is, as JSON has it, as a dump has that, and as bytes in hexadecimal digits."""
    for text in sought:
        escaped = text.replace('"', '\\"')
        yield from (text, escaped, escaped.replace("\\", "\\\\"), text.encode().hex())

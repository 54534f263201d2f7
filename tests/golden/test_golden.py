"""Golden checkpoints: what earlier engines left in a database, today's engine finishes as it was finished then."""

from __future__ import annotations

import json
import lzma
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from graphs.processes.released import process_definitions
from graphs.runtime.execution import Execution
from graphs.steps import INTERRUPTING, EndStep
from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.golden import rows
from tests.golden.record import FOLDER, SUFFIX
from tests.golden.released import question, released
from tests.golden.stage import Stage
from tests.support.people import populate
from tools.by_hand import NAME as BY_HAND
from tools.clock import utc_now

LEAN = {entry.definition.reference for entry in released() if entry.lean}
LATER = {entry.definition.reference: entry.later for entry in released()}
STARTS = {entry.definition.reference: entry.starts for entry in released()}
DEFINITIONS = {entry.definition.reference: entry.definition for entry in released()}
FILES = sorted(FOLDER.glob(f"*/*{SUFFIX}"))
AFTER = timedelta(minutes=1)
"""How long after the recording began the next worker comes."""
NO_RECORDING = {
    "procure_to_pay@1": {"resolve_duplicate"},
    "procure_to_pay@2": {"resolve_duplicate"},
    "procure_to_pay@3": {"resolve_duplicate"},
    "procure_to_pay@4": {"resolve_duplicate"},
    "procure_to_pay@5": {"resolve_duplicate"},
    "portal_invoices@1": {"approve_cases"},
    "supplier_mail@1": {"approve_cases", "approve_bank_change"},
}
"""Waits that no recording reaches: a near duplicate has to be found first; a portal's file has to be no PDF, a mail's
sender not verified, a rule changed between two steps."""


@cache
def recorded(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(lzma.decompress(file.read_bytes()))
    return found


def recorded_in(file: Path) -> Execution:
    return Execution(file.name.removesuffix(SUFFIX).rpartition(".")[2])


def ways(file: Path) -> tuple[Execution, ...]:
    """The journal, by which cases are run; what the newest version left by it also in a way of LangGraph.

    What is recorded leanly is resumed in the way it was recorded.
    """
    if file.parent.name in LEAN:
        return (recorded_in(file),)
    by_journal = recorded_in(file) is Execution.JOURNAL
    return (Execution.JOURNAL, Execution.STRETCHES) if by_journal and is_newest(file) else (Execution.JOURNAL,)


def is_newest(file: Path) -> bool:
    name, version = file.parent.name.split("@")
    return int(version) == max(found.version for found in DEFINITIONS.values() if found.name == name)


def marks(file: Path) -> tuple[pytest.MarkDecorator, ...]:
    """What LangGraph left of a version that another has taken the place of is finished by `make chaos` only."""
    return () if is_newest(file) or recorded_in(file) is Execution.JOURNAL else (pytest.mark.chaos,)


def places() -> Iterator[Any]:
    """Every recorded place; where a call may have been made, as if it was and as if not."""
    for file in FILES:
        for number, place in enumerate(recorded(file)["places"]):
            for execution in ways(file):
                for happened in outcomes(place):
                    name = f"{file.parent.name}/{file.name.removesuffix(SUFFIX)}/{place['name']}-by-{execution}"
                    called = "-called" if happened else ""
                    yield pytest.param(file, number, execution, happened, id=name + called, marks=marks(file))


def outcomes(place: dict[str, Any]) -> tuple[bool, ...]:
    """Whether a call of which nobody knows may have been made; whoever says that it is done by hand has done it."""
    sent = [effect["tool"] for effect in place["tables"]["effects"] if effect["status"] == "sent"]
    if not sent or place["faults"]:
        return (False,)
    return (True,) if BY_HAND in sent and place["name"].endswith("-answered") else (False, True)


@pytest.mark.parametrize(("file", "number", "execution", "happened"), list(places()))
async def test_a_recorded_case_ends_as_it_was_recorded(
    own_database: TestDatabase, file: Path, number: int, execution: Execution, happened: bool
) -> None:
    recording = recorded(file)
    place, case_id = recording["places"][number], recording["case"]
    database = Database(own_database.app_url, clock=utc_now)
    stage = Stage(
        database=database,
        definition=DEFINITIONS[recording["process"]],
        pack=(file.parent / "pack.yaml").read_text(encoding="utf-8"),
        at=datetime.fromisoformat(recording["recorded_at"]) + AFTER,
        execution=execution,
        faults=[question(name) for name in recording["faults"][len(recording["faults"]) - place["faults"] :]],
        starts=STARTS[recording["process"]],
        later=LATER[recording["process"]],
        replies=recording.get("replies", {}),
        gates_open=recording.get("gates_open", False),
    )
    stage.targets.reader.amount = recording["amount"]
    try:
        await populate(database)
        put_back(own_database.owner_url, recording, place)
        past = ("confirmed", "sent") if happened else ("confirmed",)
        await stage.happened([effect for effect in place["tables"]["effects"] if effect["status"] in past])
        await stage.finish(case_id, recording["answers"])
        assert await stage.told(case_id) == recording["end"]
        async with database.unit_of_work("acme", snapshot=True) as unit:
            assert (await unit.audit_log.verify("acme")).sound
    finally:
        await database.close()


def put_back(url: str, recording: dict[str, Any], place: dict[str, Any]) -> None:
    """The database as it stood then; the lease of the worker that died is over."""
    cases = [
        {**case, "lease_until": case["lease_until"] and recording["recorded_at"]} for case in place["tables"]["cases"]
    ]
    tables = {**place["tables"], "cases": cases}
    head = tables["audit_heads"][0]["seq"]
    trail = {
        name: [rows.as_stored(name, row) for row in rows.up_to(found, head)]
        for name, found in recording["trail"].items()
    }
    rows.load(url, {"documents": recording["documents"], **tables, **trail})


@pytest.mark.parametrize("definition", process_definitions(), ids=lambda found: found.reference)
def test_a_definition_that_is_wired_is_released_with_a_recording(definition: Any) -> None:
    assert DEFINITIONS[definition.reference].digest == definition.digest
    assert list((FOLDER / definition.reference).glob(f"*{SUFFIX}"))


@pytest.mark.parametrize("reference", DEFINITIONS)
def test_a_released_definition_has_recordings_in_every_form(reference: str) -> None:
    assert {recorded_in(file) for file in (FOLDER / reference).glob(f"*{SUFFIX}")} == set(Execution)


@pytest.mark.parametrize("folder", sorted({file.parent.name for file in FILES}))
def test_a_recorded_definition_is_still_registered_as_it_was(folder: str) -> None:
    digests = {recorded(file)["digest"] for file in FILES if file.parent.name == folder}
    assert digests == {DEFINITIONS[folder].digest}


@pytest.mark.parametrize("reference", DEFINITIONS)
@pytest.mark.parametrize("execution", Execution)
def test_recordings_stand_at_every_wait_and_before_every_kind_of_step(reference: str, execution: Execution) -> None:
    definition = DEFINITIONS[reference]
    names = {
        place["name"].rpartition("-")[0]: place["name"].rpartition("-")[2]
        for file in (FOLDER / reference).glob(f"*.{execution}{SUFFIX}")
        for place in recorded(file)["places"]
    }
    waits = {step.name for step in definition.steps if step.kind in INTERRUPTING}
    assert waits - names.keys() == NO_RECORDING.get(reference, set())
    kinds = {step.kind for step in definition.steps if not isinstance(step, EndStep)}
    if execution is Execution.STEPS:
        assert {definition.step(name).kind for name in names if name != "start"} >= kinds - {
            definition.step(definition.start).kind
        }

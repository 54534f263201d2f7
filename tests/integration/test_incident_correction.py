"""A person corrects the data of stopped cases, or applies to all what an agent proposes; each is judged again."""

from __future__ import annotations

import pytest

from graphs.agents.gate import NoGates
from graphs.errors import AlreadyAnswered, Invalid, PermissionMissing, ProtectedField
from graphs.incidents.correction import correctables, corrected
from graphs.incidents.group import GroupDesk
from graphs.incidents.move import FixesDiffer, Move, MoveDesk, MoveKind
from graphs.process import ProcessDefinition
from graphs.state import CaseState, CaseView
from graphs.store.database import Database
from policies.fact import Fact, Integrity, SourceKind
from tests.conftest import TestDatabase
from tests.support.failing import an_order, carried, ordered, stopped, sums, supervise
from tests.support.people import actor, populate
from tests.support.resolving import MESSAGE, ResolvingEngine, ScriptedModel, answer, fixable
from tests.support.toy import AmountReader, Notebook
from tools.errors import Permanent

REFUSED = Permanent(MESSAGE, tool="toy.read", code="code_unknown")
CORRECT = Move(kind=MoveKind.CORRECT, values={"code": "AB-71"})


@pytest.fixture
async def engine(database: Database, own_database: TestDatabase) -> ResolvingEngine:
    """A process that lets people correct a code; no model is connected."""
    await populate(database)
    engine = ResolvingEngine(database=database, url=own_database.app_url, reader=AmountReader(500), notebook=Notebook())
    await engine.prepare()
    await supervise(engine)
    return engine


async def fact_of(engine: ResolvingEngine, case_id: str, name: str) -> Fact:
    async with engine.database.unit_of_work("acme") as unit:
        updates = [visit.update or {} for visit in await unit.journal.of_case(case_id)]
    found = [update["data"]["facts"][name] for update in updates if name in update["data"].get("facts", {})]
    return Fact.model_validate(found[-1])


async def test_a_correction_bears_the_persons_name_and_is_judged_again(engine: ResolvingEngine) -> None:
    [incident] = await stopped(engine, 1, error=REFUSED)
    sven = await actor(engine.database, "sven")
    told = await MoveDesk(services=engine.services).make(sven, incident.id, CORRECT, "the note says so")
    assert told == "sets code and is judged again from 'look_up'"
    assert (await engine.advance(incident.case_id, times=2)).status == "done"
    fact = await fact_of(engine, incident.case_id, "code")
    assert (fact.value, fact.source.kind, fact.source.ref) == ("AB-71", SourceKind.PERSON, "acme-sven")
    assert fact.integrity is Integrity.UNTRUSTED
    trail = await engine.trail_of(incident.case_id)
    assert trail.index("steering.ordered") < trail.index("case.steered") < trail.index("decision.judged")
    with pytest.raises(AlreadyAnswered):
        await MoveDesk(services=engine.services).make(sven, incident.id, CORRECT, "again")


async def test_one_correction_for_all_is_carried_out_case_by_case(engine: ResolvingEngine) -> None:
    incidents = await stopped(engine, 3, error=REFUSED)
    begun = await ordered(engine, incidents[0].fingerprint, an_order(CORRECT))
    found = await carried(engine, begun.operation.id, turns=2)
    for incident in incidents:
        await engine.advance(incident.case_id)
    found = await carried(engine, begun.operation.id, turns=2)
    assert (found.operation.status, sums(found)) == ("done", {"done": 3})
    assert [(await fact_of(engine, incident.case_id, "code")).value for incident in incidents] == ["AB-71"] * 3


async def test_who_may_not_steer_may_not_correct(engine: ResolvingEngine) -> None:
    [incident] = await stopped(engine, 1, error=REFUSED)
    clara = await actor(engine.database, "clara")
    with pytest.raises(PermissionMissing):
        await MoveDesk(services=engine.services).make(clara, incident.id, CORRECT, "please")


def corrected_to(values: dict[str, str], *, definition: ProcessDefinition | None = None) -> str:
    """Where a case goes on whose first step failed."""
    state = CaseState(data={}, visits={}, route="")
    view = CaseView(case_id="c", tenant="acme", requester="r", input={}, data={})
    return corrected(definition or fixable(), state, view, values, by="acme-sven").enters


@pytest.mark.parametrize(
    ("values", "error", "says"),
    [
        ({}, Invalid, "at least one field"),
        ({"colour": "red"}, Invalid, "cannot be corrected here"),
        ({"iban": "DE89370400440532013000"}, ProtectedField, "accepts no value"),
        ({"due": "tomorrow"}, Invalid, "is no date"),
        ({"code": "x", "amount": "5"}, ProtectedField, "change it at its source"),
    ],
)
def test_what_nobody_may_correct_is_refused(values: dict[str, str], error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        corrected_to(values)


def test_a_case_goes_on_from_where_it_stands_if_it_has_not_been_where_corrections_are_judged() -> None:
    assert corrected_to({"code": "x"}) == "look_up"


def test_fields_come_from_questions_and_from_fixes() -> None:
    names = [sorted(found.kinds) for found in correctables(fixable())]
    assert names == [["amount"], ["amount"], ["code", "due"]]


async def test_the_same_fix_for_all_is_applied_to_all(engine: ResolvingEngine) -> None:
    engine.model, engine.gates = ScriptedModel(answer("correct_field", field="code", value="AB-71")), NoGates()
    incidents = await stopped(engine, 2, error=REFUSED)
    for incident in incidents:
        engine.draws(incident, drawn=False)
        await engine.resolves(incident)
    fingerprint = incidents[0].fingerprint
    assert (await proposed(engine, fingerprint)) == {"correct_field:code=ab-71": 2}
    begun = await ordered(engine, fingerprint, an_order(Move(kind=MoveKind.APPLY)))
    assert sums(await carried(engine, begun.operation.id)) == {"moving": 2}
    for incident in incidents:
        await engine.resolves(incident, applied=True)
        await engine.advance(incident.case_id, times=2)
    found = await carried(engine, begun.operation.id, turns=2)
    assert (found.operation.status, sums(found)) == ("done", {"done": 2})


async def test_different_fixes_are_not_applied_to_all(engine: ResolvingEngine) -> None:
    engine.model, engine.gates = ScriptedModel(answer("retry_later")), NoGates()
    one, other = await stopped(engine, 2, error=REFUSED)
    engine.draws(one, drawn=False)
    engine.model = ScriptedModel(answer("correct_field", field="code", value="AB-71"))
    await engine.resolves(one)
    assert (await proposed(engine, one.fingerprint)) == {"correct_field:code=ab-71": 1, "none": 1}
    with pytest.raises(FixesDiffer):
        await ordered(engine, other.fingerprint, an_order(Move(kind=MoveKind.APPLY)))


async def proposed(engine: ResolvingEngine, fingerprint: str) -> dict[str, int]:
    sven = await actor(engine.database, "sven")
    return dict((await GroupDesk(services=engine.services).show(sven, fingerprint)).group.fixes)

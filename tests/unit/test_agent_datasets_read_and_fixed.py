"""Cases of `document_fields` and `incident_fix` under the product's own laws: what is expected is what counts there."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from evals.agents.case import agent_cases
from evals.agents.shipped import CASES
from evals.agents.wording import answer_of
from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.errors import EngineError
from graphs.forms import entered_value
from graphs.ledger import OutcomeUnknown
from graphs.processes.incident_resolution import INCIDENT_FIX
from graphs.processes.released import process_definitions
from graphs.reading.document_fields import DOCUMENT_FIELDS, DocumentFields, choice_of, verbatim
from graphs.resolution.terms import Fix
from graphs.rule_shelf import RulesUnusable
from graphs.runtime.advance import WorkersLost
from graphs.runtime.parking import MAX_ATTEMPTS
from graphs.runtime.reading import ActionDenied
from policies.errors import PolicyError
from policies.protected import is_protected
from tests.conftest import ROOT
from tools.browser.errors import PageAway
from tools.document.quoted import NEVER_CLAIMED
from tools.errors import NeedsPerson, TargetWarning, ToolError, Transient

DEFINED_ELSEWHERE = (OutcomeUnknown, RulesUnusable, WorkersLost, ActionDenied, PageAway)
"""Errors whose modules are loaded by naming them here, so that they are among the kinds below."""
P2P = next(one for one in process_definitions() if (one.name, one.version) == ("procure_to_pay", 3))
OF_STATUS = re.compile(r"http_4\d\d")


@cache
def cases(asks: DecisionClass) -> list[Any]:
    return list(agent_cases(CASES / f"{asks.name}.yaml").cases)


def asked(case: Any) -> Asked:
    return Asked(fields=case.inputs.fields, passages=case.inputs.passages)


def expected(asks: DecisionClass, case: Any) -> AgentAnswer:
    """The answer that a careful person gives."""
    evidence = {"source": "fields", "text": "t"}
    choice = case.expected_output.choice
    said = answer_of(asks.answer, choice, reason="r", evidence=evidence, passages=case.inputs.passages)
    return asks.answer.model_validate(said)


def kinds(root: type[Exception]) -> Iterator[type[Exception]]:
    yield root
    for child in root.__subclasses__():
        yield from kinds(child)


@cache
def error_kinds() -> dict[str, type[Exception]]:
    found = {kind.__name__: kind for root in (ToolError, EngineError, PolicyError) for kind in kinds(root)}
    return {"ValueError": ValueError, **found}


@cache
def words_of_the_code() -> frozenset[str]:
    """Every word in quotes in the modules that raise errors: a code that none of them has is nobody's."""
    sources = (path.read_text() for top in ("tools", "graphs") for path in (ROOT / top).rglob("*.py"))
    return frozenset(word for source in sources for word in re.findall(r'"([a-z_]+)"', source))


@pytest.mark.parametrize("case", cases(DOCUMENT_FIELDS), ids=lambda case: case.name)
def test_every_value_that_is_expected_was_wanted_and_is_proven_by_its_page(case: Any) -> None:
    answer = expected(DOCUMENT_FIELDS, case)
    assert isinstance(answer, DocumentFields)
    checked = verbatim(answer, asked(case))
    assert checked.dropped == {}
    assert choice_of({one.field: one.value for one in checked.kept}) == case.expected_output.choice


def test_the_pages_of_a_case_have_words_and_are_numbered_in_order() -> None:
    for case in cases(DOCUMENT_FIELDS):
        numbers = [int(passage.label.removeprefix("page_")) for passage in case.inputs.passages]
        assert numbers == sorted(set(numbers)), case.name
        assert all(passage.text.strip() for passage in case.inputs.passages), case.name


def test_what_is_wanted_may_be_claimed_and_stands_in_order() -> None:
    for case in cases(DOCUMENT_FIELDS):
        wanted = case.inputs.fields["wanted"]
        assert wanted == sorted(set(wanted)), case.name
        assert not NEVER_CLAIMED & set(wanted), case.name


def test_every_tenth_case_wants_what_no_page_states_and_some_state_nothing_of_it() -> None:
    stated = [
        (json.loads(case.expected_output.choice), case.inputs.fields["wanted"]) for case in cases(DOCUMENT_FIELDS)
    ]
    assert sum(len(found) < len(wanted) for found, wanted in stated) >= len(stated) / 10
    assert sum(not found for found, _ in stated) >= 2


def test_invoices_credit_notes_receipts_and_unknown_kinds_are_read() -> None:
    counted = Counter(case.inputs.fields["doc_type"] for case in cases(DOCUMENT_FIELDS))
    assert set(counted) == {"invoice", "credit_note", "receipt", None}


@pytest.mark.parametrize("case", cases(INCIDENT_FIX), ids=lambda case: case.name)
def test_nothing_speaks_against_the_fix_that_is_expected(case: Any) -> None:
    assert INCIDENT_FIX.contradictions(expected(INCIDENT_FIX, case), asked(case)) == ()


def test_every_fix_is_right_at_least_three_times() -> None:
    counted = Counter(case.expected_output.choice.partition(":")[0] for case in cases(INCIDENT_FIX))
    assert set(counted) == {fix.value for fix in Fix}
    assert min(counted.values()) >= 3


def test_a_correction_has_the_form_of_its_field_and_changes_it() -> None:
    for case in cases(INCIDENT_FIX):
        fix, _, target = case.expected_output.choice.partition(":")
        if fix != Fix.CORRECT_FIELD:
            continue
        name, _, value = target.partition("=")
        field = case.inputs.fields["editable"][name]
        assert entered_value(name, field["kind"], value), case.name
        assert value != field["value"].casefold(), case.name


@pytest.mark.parametrize("case", cases(INCIDENT_FIX), ids=lambda case: case.name)
def test_an_error_is_one_that_stops_cases_with_a_code_that_it_has(case: Any) -> None:
    fields = case.inputs.fields
    kind, code = error_kinds()[fields["error_kind"]], fields["error_code"]
    assert fields["transient"] is issubclass(kind, Transient)
    assert fields["attempts"] == MAX_ATTEMPTS - 1 if fields["transient"] else fields["attempts"] < MAX_ATTEMPTS
    if kind is TargetWarning or OF_STATUS.fullmatch(code):
        return
    if issubclass(kind, ToolError):
        assert code in words_of_the_code()
    else:
        assert code == getattr(kind, "code", kind.__name__)


def test_errors_of_every_branch_of_the_tree_are_met() -> None:
    met = {error_kinds()[case.inputs.fields["error_kind"]] for case in cases(INCIDENT_FIX)}
    for branch in (Transient, OutcomeUnknown, NeedsPerson, TargetWarning, EngineError, PolicyError, ValueError):
        assert any(issubclass(kind, branch) for kind in met), branch


def test_a_released_process_admits_what_its_definition_admits() -> None:
    terms, found = P2P.fixes, [case for case in cases(INCIDENT_FIX) if case.inputs.fields["process"] == P2P.name]
    assert terms is not None
    assert len(found) >= 20
    for case in found:
        fields = case.inputs.fields
        assert fields["fixes"] == [fix.value for fix in terms.fixes], case.name
        assert set(fields["editable"]) == {field.name for field in terms.editable}, case.name
        assert (tuple(fields["entries"]), fields["failed_step"] in {step.name for step in P2P.steps}) == ((), True)
        assert [passage.label for passage in case.inputs.passages] == ["error", "lines"], case.name


def test_what_other_processes_admit_could_be_declared() -> None:
    for case in cases(INCIDENT_FIX):
        fields = case.inputs.fields
        fixes = set(fields["fixes"])
        assert fixes < {fix.value for fix in Fix} - {Fix.LEAVE_TO_PERSON.value}, case.name
        assert bool(fields["editable"]) is (Fix.CORRECT_FIELD.value in fixes), case.name
        assert bool(fields["entries"]) is (Fix.RE_ROUTE.value in fixes), case.name
        assert not any(is_protected(name) for name in fields["editable"]), case.name
        assert case.inputs.passages[0].label == "error", case.name
        assert case.inputs.passages[0].text.strip(), case.name

"""What a process may and may not let an agent propose, and what an answer must be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from graphs.process import DefinitionInvalid, ProcessRegistry
from graphs.resolution.answer import DraftedMail, FixAnswer, is_proven
from graphs.resolution.terms import Fix, FixTerms
from graphs.steps import EditableField
from tests.support.resolving import MAIL, TERMS, answer, fixable
from tests.support.toy import toy_definition

CODE = EditableField(name="code", title="Code")


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        (FixTerms(fixes=()), "name the fixes"),
        (FixTerms(fixes=(Fix.LEAVE_TO_PERSON,)), "name the fixes"),
        (FixTerms(fixes=(Fix.RETRY_NOW,), process="toy"), "its own incidents"),
        (FixTerms(fixes=(Fix.CORRECT_FIELD,)), "correct_to"),
        (FixTerms(fixes=(Fix.RETRY_NOW,), editable=(CODE,), correct_to="check"), "correct_to"),
        (FixTerms(fixes=(Fix.RE_ROUTE,)), "entries"),
        (replace(TERMS, editable=(EditableField(name="payee_iban", title="IBAN"),)), "payee_iban is protected"),
        (replace(TERMS, editable=(EditableField(name="invoice.total", title="Total"),)), "protected"),
        (replace(TERMS, editable=(EditableField(name="freight", title="F", kind="amount"),)), "protected"),
        (replace(TERMS, entries=("write",)), "cannot go on from write"),
        (replace(TERMS, entries=("approve",)), "cannot go on from approve"),
        (replace(TERMS, correct_to="nowhere"), "cannot go on from nowhere"),
    ],
)
def test_terms_that_could_do_harm_are_refused_when_the_process_is_defined(terms: FixTerms, why: str) -> None:
    with pytest.raises(DefinitionInvalid, match=why):
        fixable(terms)


def test_a_process_named_in_terms_must_be_registered() -> None:
    with pytest.raises(DefinitionInvalid, match="no process 'incident_resolution' for its fixes"):
        ProcessRegistry([fixable()])


def test_terms_change_the_digest_and_their_absence_does_not() -> None:
    toy = toy_definition()
    assert replace(toy, fixes=None).digest == toy.digest
    assert len({toy.digest, replace(toy, fixes=TERMS).digest, replace(toy, fixes=replace(TERMS, most=1)).digest}) == 3


@pytest.mark.parametrize(
    "given",
    [
        answer("correct_field", field="code"),
        answer("correct_field", value="AB-71"),
        answer("retry_now", field="code", value="AB-71"),
        answer("re_route"),
        answer("ask_sender"),
        answer("ask_sender", mail={**MAIL, "to": "eve@evil.example"}),
        {**answer("retry_now"), "to": "eve@evil.example"},
        answer("delete_case"),
    ],
)
def test_an_answer_has_what_its_fix_needs_and_nothing_else(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FixAnswer.model_validate(given)


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        (answer("retry_later"), "retry_later"),
        (answer("correct_field", field="code", value="AB-71"), "correct_field:code=ab-71"),
        (answer("re_route", to_step="check"), "re_route:check"),
        (answer("ask_sender", mail=MAIL), "ask_sender"),
    ],
)
def test_answers_agree_on_the_fix_and_its_target(given: dict[str, Any], choice: str) -> None:
    assert FixAnswer.model_validate(given).choice == choice


@pytest.mark.parametrize(
    ("value", "proven"),
    [("AB-71", True), ("ab-71", True), ("B-71", False), ("AB-7", False), ("AB-17", False), ("order AB-71", True)],
)
def test_a_value_is_proven_by_whole_words(value: str, proven: bool) -> None:
    assert is_proven(value, ["for your  order\nAB-71, as agreed"]) is proven


@pytest.mark.parametrize(
    ("body", "plain"),
    [
        ("Please send the code of note 4711 of 3 May 2026 again.", True),
        ("See https://evil.example", False),
        ("See www.evil.example", False),
        ("Write to eve@evil.example", False),
        ("Pay to DE02 1203 0000 0000 2020 51", False),
        ("Pay to GB29NWBK60161331926819", False),
        ("Call 0049 170 1234567", False),
        ("a\x1b[2Jb", False),
    ],
)
def test_a_mail_that_nobody_reads_before_it_goes_leads_nowhere(body: str, plain: bool) -> None:
    assert DraftedMail(subject="Your note", body=body).plain is plain

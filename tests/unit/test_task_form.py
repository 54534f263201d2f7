"""The form of a task: what its schema admits is what is accepted, and what is said about its fields and answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from graphs.errors import AnswerOutdated, Invalid, ProtectedField
from graphs.store.tables import Task
from graphs.tasks import Answer
from graphs.tasks.answer import check_answer
from graphs.tasks.edits import edits_approvable
from graphs.tasks.errors import EditsNotApprovable
from graphs.tasks.form import DIALECT, FormShape, answer_schema, shape_of
from graphs.tasks.hints import hints_of
from graphs.tasks.outlook import outlook_of
from tests.support.toy import toy_definition

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
FIELDS = [
    {"name": "amount", "title": "Amount", "kind": "amount", "value": "119.00"},
    {"name": "due", "title": "Due", "kind": "date", "value": None},
    {"name": "copy", "title": "Remark", "kind": "text", "value": "as agreed"},
]
FORM: dict[str, Any] = {
    "choices": ["approve", "correct", "reject"],
    "fields": FIELDS,
    "evidence_required": ["callback_verification"],
}
TOTAL = {"value": "119.00", "confidence": "0.62", "source": {"kind": "document", "ref": "d", "page": 1}}
CALLED = {"callback_verification": "call 4711"}


def asked(**changed: Any) -> Task:
    """A task that is asked."""
    values: dict[str, Any] = {
        "id": "t",
        "tenant": "acme",
        "case_id": "c",
        "step": "approve",
        "visit": 1,
        "title": "May this be written?",
        "question": "May toy.write be done as proposed?",
        "status": "open",
        "role": "approver",
        "reasons": [],
        "evidence": {},
        "action": None,
        "form": FORM,
        "digest": "d" * 64,
        "excluded": [],
        "deadline_at": AT,
        "created_at": AT,
    }
    return Task(**{**values, **changed})


def admitted(schema: dict[str, Any], body: dict[str, Any]) -> bool:
    return not list(Draft202012Validator(schema).iter_errors(body))


def accepted(task: Task, body: dict[str, Any], *, editing: bool) -> bool:
    try:
        check_answer(task, Answer(**body), editing=editing)
    except Invalid:
        return False
    return True


def test_the_schema_of_a_form_is_one_of_its_dialect() -> None:
    schema = answer_schema(shape_of(FORM, edits=True))
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == DIALECT
    assert [one["title"] for one in schema["oneOf"]] == ["Approve", "ApproveWithEdits", "Correct", "Reject"]
    assert list(schema["$defs"]["Fields"]["properties"]) == ["amount", "due", "copy"]


TEXTS = st.sampled_from(["", " ", "x", "119", "119.5", "-3", "1e3", "1_000", "NaN", "12345678901234", "2026-02-28"])
DAYS = st.sampled_from(["2026-02-28", "20260228", "2026-W09-6", "28.2.2026", "2026-2-8"])
BODIES = st.fixed_dictionaries(
    {"decision": st.sampled_from(["approve", "correct", "reject"])},
    optional={
        "set": st.dictionaries(st.sampled_from(["amount", "due", "copy", "colour"]), TEXTS | DAYS, max_size=3),
        "reason": TEXTS,
        "evidence": st.dictionaries(st.sampled_from(["callback_verification", "more"]), TEXTS, max_size=2),
        "digest": st.just("d" * 64),
    },
)


@settings(max_examples=100, deadline=None)
@given(body=BODIES, editing=st.booleans(), approvable=st.booleans())
def test_what_the_schema_admits_is_what_is_accepted(body: dict[str, Any], editing: bool, approvable: bool) -> None:
    form = FORM if approvable else FORM | {"choices": ["correct", "reject"]}
    schema = answer_schema(shape_of(form, edits=editing))
    # Blanks around a value are no part of it.
    stripped = {**body, "set": {name: value.strip() for name, value in body.get("set", {}).items()}}
    assert admitted(schema, stripped) == accepted(asked(form=form), body, editing=editing)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(decision="correct", set={"amount": "1e3"}), Invalid),
        (Answer(decision="correct", set={"due": "2026-02-30"}), Invalid),
        (Answer(decision="correct", set={"iban": "AT00"}), ProtectedField),
        (Answer(decision="correct", set={"colour": "red"}), Invalid),
        (Answer(decision="correct", set={"copy": "x" * 501}), Invalid),
        (Answer(decision="reject", reason=" \n"), Invalid),
        (Answer(decision="reject", reason="no", set={"amount": "1"}), Invalid),
        (Answer(decision="approve"), Invalid),
        (Answer(decision="approve", evidence={"callback_verification": "\t"}), Invalid),
        (Answer(decision="approve", evidence=CALLED, set={"amount": "1"}), EditsNotApprovable),
        (Answer(decision="approve", evidence=CALLED, digest="e" * 64), AnswerOutdated),
        (Answer(decision="approve", evidence=CALLED, reason="x" * 4001), Invalid),
    ],
)
def test_what_does_not_fit_is_refused_by_name(answer: Answer, error: type[Exception]) -> None:
    with pytest.raises(error):
        check_answer(asked(), answer)


def test_a_process_may_call_its_fields_anything() -> None:
    names = ("copy", "json", "model_config", "__class__", "a.b", "set")
    shape = FormShape(
        choices=("correct",), fields=tuple((name, name, "text") for name in names), evidence=("schema", "_x")
    )
    schema = answer_schema(shape)
    assert tuple(schema["$defs"]["Fields"]["properties"]) == names
    assert admitted(schema, {"decision": "correct", "set": dict.fromkeys(names, "x")})


def test_a_field_shows_what_is_known_and_what_is_doubtful() -> None:
    proposal = {
        "answer": {"values": [{"field": "due", "value": "2026-04-01"}, {"field": "copy", "value": "as agreed"}]}
    }
    hints = hints_of(asked(evidence={"facts": {"amount": TOTAL}, "advice": proposal}))
    amount, due, remark = hints.fields
    assert (amount.present, amount.confidence, amount.doubt) == ("119.00", 0.62, "read with confidence 0.62")
    assert (amount.widget, amount.source) == ("money", TOTAL["source"])
    assert (due.present, due.proposed, due.doubt) == (None, "2026-04-01", "not known")
    assert (remark.proposed, remark.doubt) == (None, None)
    assert hints.order == ("amount", "due", "copy")
    assert hints.doubtful == ("amount", "due")


@pytest.mark.parametrize("advice", [None, {"blind": True}, {"answer": "text"}, {"answer": {"values": "text"}}])
def test_without_a_readable_proposal_nothing_is_proposed(advice: object) -> None:
    assert {one.proposed for one in hints_of(asked(evidence={"facts": None, "advice": advice})).fields} == {None}


def test_an_outlook_says_what_stopped_the_case_and_what_each_answer_leads_to() -> None:
    reason = {
        "rule": "TOY-LIMIT",
        "title": "Large amount",
        "severity": "review",
        "message": "60000 is more than 1000.",
        "source": "Toy, 3",
    }
    action = {"tool": "toy.write", "effect_kind": "write", "arguments": {"amount": 60_000, "iban": "AT00"}}
    outlook = outlook_of(asked(reasons=[reason], action=action), toy_definition())
    assert outlook is not None
    assert outlook.stopped_by == ("Large amount: 60000 is more than 1000. (review by TOY-LIMIT; Toy, 3)",)
    told = {one.decision: one for one in outlook.consequences}
    assert "toy.write is called with amount 60000, iban AT00" in told["approve"].text
    assert "“done”" in told["approve"].text
    assert (told["approve"].next_step, told["correct"].next_step) == ("write", "check")
    assert "ends as rejected" in told["reject"].text
    assert [(one.name, one.editable, one.protected) for one in outlook.arguments] == [
        ("amount", True, True),
        ("iban", False, True),
    ]
    assert (outlook.undo, outlook.undo_by, outlook.approvable_with_edits) == ("by_hand", None, True)


@pytest.mark.parametrize(
    ("kind", "undo", "said"), [("irreversible", "never", "cannot be undone"), ("write", "by_hand", "a person has to")]
)
def test_an_outlook_says_whether_what_is_done_can_be_undone(kind: str, undo: str, said: str) -> None:
    outlook = outlook_of(asked(action={"tool": "toy.write", "effect_kind": kind, "arguments": {}}), toy_definition())
    assert outlook is not None
    assert outlook.undo == undo
    assert said in outlook.consequences[0].text


def test_a_review_of_a_decision_writes_nothing() -> None:
    outlook = outlook_of(asked(step="resolve"), toy_definition())
    assert outlook is not None
    assert (outlook.undo, outlook.effect_kind) == ("nothing", None)
    assert outlook.consequences[0].next_step == "propose"


def test_only_what_is_pure_up_to_its_own_question_is_approvable_with_edits() -> None:
    toy = toy_definition()
    approvable = {step.name for step in toy.steps if edits_approvable(toy, step)}
    assert approvable == {"resolve", "approve"}

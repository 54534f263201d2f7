"""An approval with edits counts for exactly what its preview showed, or the task is asked anew with the difference."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graphs.errors import AnswerOutdated, AuthorityExceeded, Invalid, ProtectedField
from graphs.steps import ReadStep, ReviewStep
from graphs.tasks import Answer
from graphs.tasks.errors import EditsNotApprovable
from tests.support.dutiful import SIGNED_PAYMENT, acts, asked
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import PACK, look_up, toy_definition, toy_rulebook
from tests.support.working import held, recorded

LESS = {"amount": "50000"}


async def test_an_approval_with_edits_carries_out_what_its_preview_showed(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    task, berta = await engine.task_of(case_id), await actor(engine.database, "berta")
    preview = await engine.desk.preview(berta, task.id, LESS)
    assert [(one.field, one.old, one.new) for one in preview.changes] == [("action.arguments.amount", 60_000, 50_000)]
    assert (preview.task.required_limit_minor, preview.task.digest == task.digest) == (50_000, False)
    answer = Answer(decision="approve", set=LESS, digest=preview.task.digest)
    answered = await engine.desk.answer(berta, task.id, answer)
    case = await engine.advance(case_id, times=2)
    assert (case.status, [amount for _, amount in engine.notebook.written]) == ("done", [50_000])
    assert answered.decision is not None
    assert (answered.decision["decision"], answered.decision["approval"]["digest"]) == ("correct", preview.task.digest)
    entry = await recorded(engine, case_id, "task.answered")
    assert entry["approved"]["digest"] == preview.task.digest
    assert (await engine.verification()).sound


async def test_the_authority_needed_is_that_for_what_comes_of_the_edits(engine: Engine) -> None:
    task = await engine.task_of((await engine.asking(40_000)).id)
    anton = await actor(engine.database, "anton")
    more = {"amount": "50001"}
    preview = await engine.desk.preview(anton, task.id, more)
    with pytest.raises(AuthorityExceeded):
        await engine.desk.answer(anton, task.id, Answer(decision="approve", set=more, digest=preview.task.digest))
    assert await held(engine, task.id) == ("open", "anton", None)


async def test_when_the_rules_changed_meanwhile_the_task_is_asked_anew_with_the_difference(engine: Engine) -> None:
    case_id = (await engine.asking()).id
    task, berta = await engine.task_of(case_id), await actor(engine.database, "berta")
    preview = await engine.desk.preview(berta, task.id, LESS)
    await engine.desk.answer(berta, task.id, Answer(decision="approve", set=LESS, digest=preview.task.digest))
    engine.rulebook = toy_rulebook(PACK.replace("value: 1000,", "value: 1001,"))
    case = await engine.advance(case_id, times=2)
    assert (case.status, engine.notebook.written) == ("waiting", [])
    again = await engine.task_of(case_id)
    assert again.action is not None
    assert (again.id == task.id, again.action["arguments"]) == (False, {"amount": 50_000})
    assert "parameters.auto_limit" in {change["field"] for change in again.changes or ()}


async def test_an_approval_with_edits_does_its_duty(engine: Engine) -> None:
    case_id = await asked(engine, SIGNED_PAYMENT)
    task, berta = await engine.task_of(case_id), await actor(engine.database, "berta")
    preview = await engine.desk.preview(berta, task.id, LESS)
    await engine.desk.answer(berta, task.id, Answer(decision="approve", set=LESS, digest=preview.task.digest))
    [act] = await acts(engine)
    assert (act.who, act.duty, act.amount_minor) == ("acme-berta", "payment.released", 50_000)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Answer(decision="approve", set=LESS), Invalid),
        (Answer(decision="approve", set=LESS, digest="0" * 64), AnswerOutdated),
        (Answer(decision="approve", set={"amount": "much"}, digest="0" * 64), Invalid),
        (Answer(decision="approve", set={"iban": "AT00"}, digest="0" * 64), ProtectedField),
        (Answer(decision="approve", set={"amount": "0"}, digest="0" * 64), EditsNotApprovable),
        (Answer(decision="approve", set={"amount": "100001"}, digest="0" * 64), AnswerOutdated),
    ],
    ids=["without a preview", "of another preview", "no number", "protected", "another question first", "forbidden"],
)
async def test_what_was_not_previewed_is_not_approved(engine: Engine, answer: Answer, error: type[Exception]) -> None:
    task = await engine.task_of((await engine.asking()).id)
    with pytest.raises(error):
        await engine.desk.answer(await actor(engine.database, "dora"), task.id, answer)
    assert (await held(engine, task.id))[0] == "open"


async def test_where_the_case_looks_things_up_after_a_correction_edits_cannot_be_approved(engine: Engine) -> None:
    toy = toy_definition()
    again = ReadStep(name="again", stage="check", tools=("toy.read",), run=look_up, next="check")
    steps = (
        *(
            replace(s, correct_to="again") if isinstance(s, ReviewStep) and s.name == "approve" else s
            for s in toy.steps
        ),
        again,
    )
    engine.definitions = (replace(toy, steps=steps),)
    task = await engine.task_of((await engine.asking()).id)
    with pytest.raises(EditsNotApprovable, match="you are asked again"):
        await engine.desk.preview(await actor(engine.database, "berta"), task.id, LESS)

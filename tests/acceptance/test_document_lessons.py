"""What a reviewer corrects is learned with the answer, or not at all, and read by at the supplier's next invoice."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import text

from graphs.errors import AlreadyAnswered
from graphs.store.tables import Case, Task
from graphs.store.writer import Change
from graphs.tasks import Answer, TaskDesk
from graphs.teaching import DOUBTED, LEARNED, Taught, template_id, templates_of
from tests.support.accounts_payable import SAMPLES, AccountsPayable
from tests.support.people import actor
from tools.document.reading import Reader
from tools.document.tool import ReadDocument, ReadDocumentArguments

TRUTH = SAMPLES["price_variance"].truth


async def corrected(payable: AccountsPayable, **values: str) -> tuple[Case, Task]:
    """An invoice that waits for a person, with the correction given."""
    case = await payable.send("price_variance")
    task = await payable.task(case)
    desk = TaskDesk(services=payable.services)
    await desk.answer(await actor(payable.database, "clara"), task.id, Answer(decision="correct", set=values))
    return case, task


async def recorded(payable: AccountsPayable, kind: str) -> list[dict[str, Any]]:
    query = text(
        "SELECT v.content FROM audit_entries e JOIN audit_values v USING (tenant, seq) "
        "WHERE e.kind = :kind ORDER BY seq"
    )
    async with payable.database.unit_of_work("acme") as unit:
        rows = (await unit.session.execute(query, {"kind": kind})).scalars()
        return list(rows)


async def test_a_correction_is_learned_in_the_answers_transaction_and_recorded(payable: AccountsPayable) -> None:
    _, task = await corrected(payable, total=str(TRUTH["total"]))
    (template,) = await templates_of(payable.database, "acme")
    assert (template.field, template.relation, template.wrong) == ("total", "right", 0)
    (entry,) = await recorded(payable, LEARNED)
    known = {"id": template_id("acme", template), "vendor": template.vendor, "field": "total"}
    assert (entry["task"], entry["templates"]) == (task.id, [known])


async def test_a_value_that_the_document_does_not_print_teaches_nothing(payable: AccountsPayable) -> None:
    await corrected(payable, total="1.23")
    assert await templates_of(payable.database, "acme") == []
    assert await recorded(payable, LEARNED) == []


async def test_an_answer_that_comes_too_late_teaches_nothing(payable: AccountsPayable) -> None:
    _, task = await corrected(payable, total="1.23")
    late = Answer(decision="correct", set={"total": str(TRUTH["total"])})
    with pytest.raises(AlreadyAnswered):
        await TaskDesk(services=payable.services).answer(await actor(payable.database, "clara"), task.id, late)
    assert await templates_of(payable.database, "acme") == []


async def test_another_tenant_sees_nothing_of_it(payable: AccountsPayable) -> None:
    await corrected(payable, total=str(TRUTH["total"]))
    assert await templates_of(payable.database, "other") == []
    async with payable.database.unit_of_work("other") as unit:
        seen = await unit.session.execute(text("SELECT count(*) FROM document_templates"))
        assert seen.scalar_one() == 0


async def test_the_tool_reads_with_what_was_learned(payable: AccountsPayable) -> None:
    case, _ = await corrected(payable, total=str(TRUTH["net_total"]))
    tool = ReadDocument(payable.load, templates=partial(templates_of, payable.database, "acme"))
    reading = await tool.execute(ReadDocumentArguments(document_sha256=case.input["document"]), key="k")
    total = reading["fields"]["total"]
    assert (total["value"], total["source"]["reader"]) == (TRUTH["net_total"], Reader.TEMPLATE)


async def test_a_template_that_was_wrong_twice_is_retired_and_stays_so(payable: AccountsPayable) -> None:
    case, task = await corrected(payable, total=str(TRUTH["total"]))
    (template,) = await templates_of(payable.database, "acme")
    clara = await actor(payable.database, "clara")
    left = []
    for taught in (Taught(wrong=(template_id("acme", template),)),) * 2 + (Taught(templates=(template,)),):
        change = Change("acme")
        taught.add_to(
            change, task=task.id, case_id=case.id, step=task.step, by=clara.user_id, at=payable.services.clock()
        )
        await payable.database.writer.commit(change)
        left.append([known.wrong for known in await templates_of(payable.database, "acme")])
    assert left == [[1], [], []]
    assert len(await recorded(payable, DOUBTED)) == 2


async def test_an_erased_template_is_left_out(payable: AccountsPayable) -> None:
    await corrected(payable, total=str(TRUTH["total"]))
    async with payable.database.unit_of_work("acme") as unit:
        await unit.session.execute(text("UPDATE document_templates SET template = '{}'::jsonb"))
    assert await templates_of(payable.database, "acme") == []

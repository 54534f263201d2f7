"""Procure-to-Pay as every ERP connector promises it: credit notes, payments, warnings that a person acknowledged."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.support.erp_flow import (
    DAY,
    fresh,
    invoice_now,
    open_order,
    payment_of,
    posted_invoice,
    released,
    supplier_id,
)
from tools.erp.port import (
    CreditedLine,
    DraftCreditNote,
    DraftInvoice,
    DraftLine,
    Erp,
    InvoiceState,
    PaymentState,
    SupplierInvoice,
)
from tools.errors import Permanent, TargetWarning

# Credit notes


async def test_a_credit_note_takes_back_part_of_a_posted_invoice_and_is_posted(erp: Erp) -> None:
    invoice, draft_key, post_key = await posted_invoice(erp), fresh("credit"), fresh("post")
    credited = (CreditedLine(position=1, quantity=Decimal(1)),)
    note = DraftCreditNote(invoice_id=invoice.invoice_id, reference=fresh("CN"), invoice_date=DAY, lines=credited)
    drafted = await erp.draft_credit_note(note, key=draft_key)
    assert await erp.draft_credit_note(note, key=draft_key) == drafted
    posted = await erp.post_invoice(drafted.invoice_id, expected_total=drafted.total, currency="EUR", key=post_key)
    assert (drafted.net_total, drafted.tax_total, drafted.total) == (
        Decimal("-50.00"),
        Decimal("-9.50"),
        Decimal("-59.50"),
    )
    assert (posted.state, posted.reference) == (InvoiceState.POSTED, note.reference)
    assert await erp.find_invoice_by_key(draft_key) == posted
    rest = note.model_copy(update={"reference": fresh("CN")})
    more = note.model_copy(update={"reference": fresh("CN"), "lines": (CreditedLine(position=1, quantity=Decimal(2)),)})
    with pytest.raises(Permanent) as refusal:
        await erp.draft_credit_note(more, key=fresh("credit"))
    assert refusal.value.reason == "over_credit"
    assert (await erp.draft_credit_note(rest, key=fresh("credit"))).total == Decimal("-59.50")


async def test_only_lines_of_a_posted_invoice_can_be_credited(erp: Erp) -> None:
    invoice = await posted_invoice(erp)
    credited = (CreditedLine(position=2, quantity=Decimal(1)),)
    note = DraftCreditNote(invoice_id=invoice.invoice_id, reference=fresh("CN"), invoice_date=DAY, lines=credited)
    with pytest.raises(Permanent) as no_line:
        await erp.draft_credit_note(note, key=fresh("credit"))
    with pytest.raises(Permanent) as no_invoice:
        await erp.draft_credit_note(note.model_copy(update={"invoice_id": "999999"}), key=fresh("credit"))
    line = DraftLine(description="Tea", quantity=Decimal(1), unit_price=Decimal(1), tax_rate=Decimal("0.19"))
    draft = DraftInvoice(
        supplier_id=invoice.supplier_id, reference=fresh("INV"), invoice_date=DAY, currency="EUR", lines=(line,)
    )
    unposted = await erp.draft_invoice(draft, key=fresh("draft"))
    with pytest.raises(Permanent) as not_posted:
        await erp.draft_credit_note(note.model_copy(update={"invoice_id": unposted.invoice_id}), key=fresh("credit"))
    reasons = [refusal.value.reason for refusal in (no_line, no_invoice, not_posted)]
    assert reasons == ["not_found", "not_found", "illegal_transition"]


# Payments


async def test_a_payment_that_succeeds_makes_its_invoice_paid(erp: Erp) -> None:
    invoice, key = await posted_invoice(erp), fresh("pay")
    made = await erp.create_payment(payment_of(invoice), key=key)
    assert await erp.create_payment(payment_of(invoice), key=key) == made
    approved = await erp.approve_payment(made.payment_id, expected_amount=Decimal("119.00"), key=fresh("approve"))
    under_way = await erp.process_payment(made.payment_id, expected_amount=Decimal("119.00"), key=fresh("process"))
    unpaid = await invoice_now(erp, invoice)
    paid = await erp.succeed_payment(made.payment_id, key=fresh("succeed"))
    assert await erp.succeed_payment(made.payment_id, key=fresh("succeed")) == paid
    assert [step.state for step in (made, approved, under_way, paid)] == [
        PaymentState.SUBMITTED,
        PaymentState.APPROVED,
        PaymentState.PROCESSING,
        PaymentState.SUCCEEDED,
    ]
    assert (made.invoice_id, made.supplier_id, made.amount) == (
        invoice.invoice_id,
        invoice.supplier_id,
        Decimal("119.00"),
    )
    assert made.reference == invoice.reference
    assert (invoice.open_amount, unpaid.state) == (Decimal("119.00"), InvoiceState.POSTED)
    after = await invoice_now(erp, invoice)
    assert (after.state, after.open_amount) == (InvoiceState.PAID, Decimal(0))
    assert await erp.find_payment_by_key(key) == paid
    assert await erp.read_payment(made.payment_id) == paid


async def test_an_invoice_paid_in_parts_is_paid_with_the_last_of_them(erp: Erp) -> None:
    invoice = await posted_invoice(erp)
    first, second = await released(erp, invoice, "19.00"), await released(erp, invoice, "100.00")
    await erp.succeed_payment(first.payment_id, key=fresh("succeed"))
    during = await invoice_now(erp, invoice)
    await erp.succeed_payment(second.payment_id, key=fresh("succeed"))
    assert during.state is InvoiceState.POSTED
    assert (await invoice_now(erp, invoice)).state is InvoiceState.PAID


async def test_a_payment_that_fails_leaves_its_invoice_open_to_be_paid_again(erp: Erp) -> None:
    invoice = await posted_invoice(erp)
    failed = await erp.fail_payment((await released(erp, invoice)).payment_id, key=fresh("fail"))
    assert await erp.fail_payment(failed.payment_id, key=fresh("fail")) == failed
    assert failed.state is PaymentState.FAILED
    assert (await invoice_now(erp, invoice)).state is InvoiceState.POSTED
    again = await released(erp, invoice)
    await erp.succeed_payment(again.payment_id, key=fresh("succeed"))
    assert (await invoice_now(erp, invoice)).state is InvoiceState.PAID
    returned = await erp.fail_payment(again.payment_id, key=fresh("fail"))
    assert returned.state is PaymentState.FAILED
    assert (await invoice_now(erp, invoice)).state is InvoiceState.POSTED


async def test_no_more_is_paid_than_is_open_also_while_payments_are_under_way(erp: Erp) -> None:
    invoice = await posted_invoice(erp)
    with pytest.raises(Permanent) as too_much:
        await erp.create_payment(payment_of(invoice, "119.01"), key=fresh("pay"))
    await erp.create_payment(payment_of(invoice, "100.00"), key=fresh("pay"))
    key = fresh("pay")
    with pytest.raises(Permanent) as too_much_beside:
        await erp.create_payment(payment_of(invoice, "19.01"), key=key)
    assert {refusal.value.reason for refusal in (too_much, too_much_beside)} == {"over_payment"}
    assert await erp.find_payment_by_key(key) is None


async def test_a_payment_of_something_else_is_refused(erp: Erp) -> None:
    payment = payment_of(await posted_invoice(erp))
    with pytest.raises(Permanent) as supplier:
        await erp.create_payment(payment.model_copy(update={"supplier_id": "999999"}), key=fresh("pay"))
    with pytest.raises(Permanent) as invoice:
        await erp.create_payment(payment.model_copy(update={"invoice_id": "999999"}), key=fresh("pay"))
    with pytest.raises(Permanent) as currency:
        await erp.create_payment(payment.model_copy(update={"currency": "USD"}), key=fresh("pay"))
    line = DraftLine(description="Tea", quantity=Decimal(1), unit_price=Decimal(1), tax_rate=Decimal("0.19"))
    draft = DraftInvoice(
        supplier_id=payment.supplier_id, reference=fresh("INV"), invoice_date=DAY, currency="EUR", lines=(line,)
    )
    unposted = await erp.draft_invoice(draft, key=fresh("draft"))
    with pytest.raises(Permanent) as not_posted:
        await erp.create_payment(payment_of(unposted, "1.00"), key=fresh("pay"))
    reasons = [refusal.value.reason for refusal in (supplier, invoice, currency, not_posted)]
    assert reasons == ["wrong_supplier", "not_found", "wrong_currency", "illegal_transition"]


async def test_payments_only_go_the_ways_there_are(erp: Erp) -> None:
    made = await erp.create_payment(payment_of(await posted_invoice(erp)), key=fresh("pay"))
    amount = Decimal("119.00")
    with pytest.raises(Permanent) as not_approved:
        await erp.process_payment(made.payment_id, expected_amount=amount, key=fresh("process"))
    with pytest.raises(Permanent) as not_released:
        await erp.succeed_payment(made.payment_id, key=fresh("succeed"))
    with pytest.raises(Permanent) as nothing_to_fail:
        await erp.fail_payment(made.payment_id, key=fresh("fail"))
    with pytest.raises(Permanent) as other_amount:
        await erp.approve_payment(made.payment_id, expected_amount=Decimal("118.99"), key=fresh("approve"))
    with pytest.raises(Permanent) as unknown:
        await erp.approve_payment("999999", expected_amount=amount, key=fresh("approve"))
    refusals = (not_approved, not_released, nothing_to_fail, other_amount, unknown)
    assert [refusal.value.reason for refusal in refusals] == [
        "illegal_transition",
        "illegal_transition",
        "illegal_transition",
        "total_mismatch",
        "not_found",
    ]
    assert await erp.read_payment(made.payment_id) == made


# Closed books, and warnings that a person has acknowledged


async def test_a_date_in_a_closed_period_is_not_posted(erp: Erp) -> None:
    line = DraftLine(description="Tea", quantity=Decimal(1), unit_price=Decimal(1), tax_rate=Decimal("0.19"))
    draft = DraftInvoice(
        supplier_id=await supplier_id(erp),
        reference=fresh("INV"),
        invoice_date=date(2025, 1, 31),
        currency="EUR",
        lines=(line,),
    )
    drafted = await erp.draft_invoice(draft, key=fresh("draft"))
    with pytest.raises(Permanent) as refusal:
        await erp.post_invoice(drafted.invoice_id, expected_total=drafted.total, currency="EUR", key=fresh("post"))
    assert refusal.value.reason == "refused_by_erp"
    assert (await invoice_now(erp, drafted)).state is InvoiceState.DRAFT


async def twice_the_same(erp: Erp, *, rate: str = "0.19") -> tuple[SupplierInvoice, SupplierInvoice]:
    """A posted invoice, and a draft with the same reference."""
    first = await posted_invoice(erp)
    order = await open_order(erp)
    line = DraftLine(
        description="Chair",
        quantity=Decimal(1),
        unit_price=Decimal("10.00"),
        tax_rate=Decimal(rate),
        order_line_id=order.lines[0].line_id,
    )
    draft = DraftInvoice(
        supplier_id=first.supplier_id, reference=first.reference, invoice_date=DAY, currency="EUR", lines=(line,)
    )
    return first, await erp.draft_invoice(draft, key=fresh("draft"))


async def asked(erp: Erp, invoice: SupplierInvoice, key: str, acknowledged: tuple[str, ...] = ()) -> TargetWarning:
    """What the ERP asks when the invoice is to be posted."""
    with pytest.raises(TargetWarning) as question:
        await erp.post_invoice(
            invoice.invoice_id, expected_total=invoice.total, currency="EUR", key=key, acknowledged=acknowledged
        )
    return question.value


async def test_a_warning_that_is_acknowledged_by_name_no_longer_stands_in_the_way(erp: Erp) -> None:
    first, again = await twice_the_same(erp)
    key = fresh("post")
    question = await asked(erp, again, key)
    assert question.reason == "invoice_similar"
    assert first.reference in question.message
    posted = await erp.post_invoice(
        again.invoice_id,
        expected_total=again.total,
        currency="EUR",
        key=key,
        acknowledged=(question.warning,),
    )
    assert posted.state is InvoiceState.POSTED


async def test_acknowledging_one_warning_lets_another_ask(erp: Erp) -> None:
    _, again = await twice_the_same(erp, rate="0.07")
    key = fresh("post")
    first = await asked(erp, again, key)
    second = await asked(erp, again, key, (first.warning,))
    assert {first.reason, second.reason} == {"invoice_similar", "invoice_taxes"}
    assert (await asked(erp, again, key)).reason == first.reason
    posted = await erp.post_invoice(
        again.invoice_id,
        expected_total=again.total,
        currency="EUR",
        key=key,
        acknowledged=(first.warning, second.warning),
    )
    assert posted.state is InvoiceState.POSTED


async def test_a_warning_of_another_record_acknowledges_nothing_and_is_not_kept(erp: Erp) -> None:
    _, one = await twice_the_same(erp)
    _, other = await twice_the_same(erp)
    key = fresh("post")
    of_one = await asked(erp, one, key)
    of_other = await asked(erp, other, fresh("post"), (of_one.warning,))
    assert of_other.warning != of_one.warning
    assert (await asked(erp, one, key)).warning == of_one.warning

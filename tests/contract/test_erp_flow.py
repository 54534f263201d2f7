"""Procure-to-Pay as every ERP connector promises it: vendor master, requests, orders, receipts, credit, payments."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tools.erp.port import (
    CreditedLine,
    DraftCreditNote,
    DraftInvoice,
    DraftLine,
    Erp,
    InvoiceState,
    NewOrder,
    NewOrderLine,
    NewPayment,
    NewReceipt,
    NewRequest,
    NewSupplier,
    OrderState,
    Payment,
    PaymentState,
    PurchaseOrder,
    ReceiptState,
    ReceivedLine,
    RequestLine,
    RequestState,
    SupplierInvoice,
)
from tools.errors import Permanent, TargetWarning

NORDLICHT = "DE284519377"
BLOCKED = "DE299412851"
DAY = date(2026, 7, 1)


def fresh(prefix: str) -> str:
    """A key or reference nobody used before."""
    return f"{prefix}-{uuid.uuid4().hex[:12]}"


def new_iban() -> str:
    """A German IBAN nobody used before, with its check digits."""
    account = f"37040044{uuid.uuid4().int % 10**10:010d}"
    check = 98 - int(f"{account}131400") % 97
    return f"DE{check:02d}{account}"


def new_vat_id() -> str:
    """A French VAT id nobody used before, with its check digits."""
    while True:
        siren = f"{uuid.uuid4().int % 10**8:08d}"
        digits = [int(digit) * (2 if position % 2 else 1) for position, digit in enumerate(siren)]
        check = -sum(digit - 9 if digit > 9 else digit for digit in digits) % 10
        number = f"{siren}{check}"
        return f"FR{(12 + 3 * (int(number) % 97)) % 97:02d}{number}"


async def supplier_id(erp: Erp, vat_id: str = NORDLICHT) -> str:
    """The ERP's id of a supplier."""
    found = await erp.find_supplier(vat_id=vat_id)
    assert found is not None
    return found.supplier_id


async def new_order(erp: Erp, *, quantity: str = "5", **changes: object) -> NewOrder:
    """An order of chairs at 10.00."""
    line = NewOrderLine(
        product_code="CHAIR-ERGO",
        description="Chair",
        quantity=Decimal(quantity),
        unit_price=Decimal("10.00"),
        tax_rate=Decimal("0.19"),
    )
    order = NewOrder(supplier_id=await supplier_id(erp), currency="EUR", ordered_on=DAY, lines=(line,))
    return order.model_copy(update=changes)


async def open_order(erp: Erp) -> PurchaseOrder:
    """A confirmed order of five chairs."""
    drafted = await erp.create_order(await new_order(erp), key=fresh("create"))
    await erp.quote_order(drafted.order_id, key=fresh("quote"))
    return await erp.confirm_order(drafted.order_id, expected_net=Decimal("50.00"), key=fresh("confirm"))


def delivery(order: PurchaseOrder, quantity: str, *, on: date = DAY) -> NewReceipt:
    """A delivery of so many of the order's first line."""
    line = ReceivedLine(order_line_id=order.lines[0].line_id, quantity=Decimal(quantity))
    return NewReceipt(order_id=order.order_id, delivery_note=fresh("DN"), received_on=on, lines=(line,))


async def posted_invoice(erp: Erp) -> SupplierInvoice:
    """A posted invoice over 2 x 50.00 plus 19 %."""
    line = DraftLine(description="Tea", quantity=Decimal(2), unit_price=Decimal("50.00"), tax_rate=Decimal("0.19"))
    draft = DraftInvoice(
        supplier_id=await supplier_id(erp), reference=fresh("INV"), invoice_date=DAY, currency="EUR", lines=(line,)
    )
    drafted = await erp.draft_invoice(draft, key=fresh("draft"))
    key = fresh("post")
    return await erp.post_invoice(drafted.invoice_id, expected_total=Decimal("119.00"), currency="EUR", key=key)


def payment_of(invoice: SupplierInvoice, amount: str = "119.00") -> NewPayment:
    """A payment of the invoice to its supplier."""
    return NewPayment(
        invoice_id=invoice.invoice_id,
        supplier_id=invoice.supplier_id,
        amount=Decimal(amount),
        currency="EUR",
        pay_on=DAY,
    )


async def released(erp: Erp, invoice: SupplierInvoice, amount: str = "119.00") -> Payment:
    """A payment under way at the bank."""
    made = await erp.create_payment(payment_of(invoice, amount), key=fresh("pay"))
    await erp.approve_payment(made.payment_id, expected_amount=Decimal(amount), key=fresh("approve"))
    return await erp.process_payment(made.payment_id, expected_amount=Decimal(amount), key=fresh("process"))


async def invoice_now(erp: Erp, invoice: SupplierInvoice) -> SupplierInvoice:
    """The invoice as the ERP holds it now."""
    found = await erp.read_invoice(invoice.invoice_id)
    assert found is not None
    return found


# The vendor master


async def test_a_new_supplier_has_no_bank_account_and_is_found_by_vat_id_and_key(erp: Erp) -> None:
    vat_id, key = new_vat_id(), fresh("supplier")
    new = NewSupplier(name=fresh("Papier"), vat_id=vat_id, country="DE", city="Lyon", email="a@papier.example")
    made = await erp.create_supplier(new, key=key)
    assert (made.name, made.vat_id, made.ibans, made.country) == (new.name, vat_id, (), "DE")
    assert made.emails == ("a@papier.example",)
    assert await erp.create_supplier(new, key=key) == made
    assert await erp.find_supplier(vat_id=vat_id) == made
    assert await erp.find_supplier_by_key(key) == made
    assert await erp.read_supplier(made.supplier_id) == made


async def test_a_second_supplier_with_a_known_vat_id_is_refused(erp: Erp) -> None:
    with pytest.raises(Permanent) as refusal:
        await erp.create_supplier(NewSupplier(name="Again", vat_id=NORDLICHT, country="DE"), key=fresh("supplier"))
    assert refusal.value.reason == "already_exists"


async def test_a_bank_account_replaces_the_one_it_names_and_no_other(erp: Erp) -> None:
    new = NewSupplier(name=fresh("Papier"), vat_id=new_vat_id(), country="DE")
    supplier = await erp.create_supplier(new, key=fresh("supplier"))
    first, second, third = new_iban(), new_iban(), new_iban()
    keys = [fresh("bank") for _ in range(3)]
    for iban, key in zip((first, second), keys[:2], strict=True):
        await erp.change_bank_account(supplier.supplier_id, iban=iban, replaces=None, key=key)
    changed = await erp.change_bank_account(supplier.supplier_id, iban=third, replaces=first, key=keys[2])
    again = await erp.change_bank_account(supplier.supplier_id, iban=third, replaces=first, key=keys[2])
    assert set(changed.ibans) == {second, third}
    assert changed.bank_changed_on is not None
    assert again == changed
    assert await erp.find_supplier_by_key(keys[2]) == changed


async def test_a_bank_change_of_what_is_not_there_is_refused(erp: Erp) -> None:
    before = await erp.find_supplier(vat_id=NORDLICHT)
    assert before is not None
    with pytest.raises(Permanent) as no_supplier:
        await erp.change_bank_account("999999", iban=new_iban(), replaces=None, key=fresh("bank"))
    with pytest.raises(Permanent) as no_account:
        await erp.change_bank_account(before.supplier_id, iban=new_iban(), replaces=new_iban(), key=fresh("bank"))
    assert {refusal.value.reason for refusal in (no_supplier, no_account)} == {"not_found"}
    assert await erp.find_supplier(vat_id=NORDLICHT) == before


async def test_a_bank_account_of_another_supplier_is_refused(erp: Erp) -> None:
    taken = await erp.find_supplier(vat_id=NORDLICHT)
    assert taken is not None
    other = await erp.create_supplier(
        NewSupplier(name=fresh("Papier"), vat_id=new_vat_id(), country="DE"), key=fresh("supplier")
    )
    with pytest.raises(Permanent) as refusal:
        await erp.change_bank_account(other.supplier_id, iban=taken.ibans[0], replaces=None, key=fresh("bank"))
    assert refusal.value.reason == "refused_by_erp"


# From request to order


async def test_a_product_is_found_by_its_code(erp: Erp) -> None:
    found = await erp.find_product("CHAIR-ERGO")
    assert found is not None
    assert (found.name, found.category, found.unit) == ("Ergonomic office chair", "goods", "Unit")
    assert found.tax_rate == Decimal("0.19")
    assert [await erp.find_product(code) for code in ("", "%", "CHAIR")] == [None, None, None]


async def test_a_request_is_approved_and_becomes_one_draft_order(erp: Erp) -> None:
    key = fresh("request")
    line = RequestLine(product_code="CHAIR-ERGO", quantity=Decimal(2))
    new = NewRequest(requested_by="Jonas Peters", needed_on=DAY, lines=(line,))
    waiting = await erp.request_purchase(new, key=key)
    assert (waiting.state, waiting.requested_by, waiting.lines) == (RequestState.WAITING, "Jonas Peters", (line,))
    assert await erp.request_purchase(new, key=key) == waiting
    seller = await supplier_id(erp)
    with pytest.raises(Permanent) as too_early:
        await erp.order_request(waiting.request_id, supplier_id=seller, key=fresh("order"))
    approved = await erp.approve_request(waiting.request_id, key=fresh("approve"))
    ordered = await erp.order_request(waiting.request_id, supplier_id=seller, key=fresh("order"))
    again = await erp.order_request(waiting.request_id, supplier_id=seller, key=fresh("order"))
    (order_id,) = ordered.order_ids
    order = await erp.order_of_id(order_id)
    assert too_early.value.reason == "illegal_transition"
    assert approved.state is RequestState.APPROVED
    assert ordered.state is RequestState.ORDERED
    assert again == ordered
    assert order is not None
    assert (order.state, order.supplier_id, order.net_total) == (OrderState.DRAFT, seller, Decimal("378.00"))
    assert await erp.find_request_by_key(key) == ordered
    assert await erp.read_request(waiting.request_id) == ordered


async def test_a_request_that_refers_to_nothing_is_refused(erp: Erp) -> None:
    line, key = RequestLine(product_code="CHAIR-ERGO", quantity=Decimal(2)), fresh("request")
    new = NewRequest(requested_by="Nobody Known", needed_on=DAY, lines=(line,))
    with pytest.raises(Permanent) as no_employee:
        await erp.request_purchase(new, key=key)
    known = {"requested_by": "Jonas Peters", "lines": (line.model_copy(update={"product_code": "NO-SUCH"}),)}
    with pytest.raises(Permanent) as no_product:
        await erp.request_purchase(new.model_copy(update=known), key=key)
    assert [refusal.value.reason for refusal in (no_employee, no_product)] == ["not_configured", "not_found"]
    assert await erp.find_request_by_key(key) is None


async def test_an_order_is_created_quoted_and_confirmed_and_each_step_happens_once(erp: Erp) -> None:
    create, quote, confirm = fresh("create"), fresh("quote"), fresh("confirm")
    new = await new_order(erp)
    drafted = await erp.create_order(new, key=create)
    assert await erp.create_order(new, key=create) == drafted
    quoted = await erp.quote_order(drafted.order_id, key=quote)
    assert await erp.quote_order(drafted.order_id, key=quote) == quoted
    confirmed = await erp.confirm_order(drafted.order_id, expected_net=Decimal("50.00"), key=confirm)
    assert await erp.confirm_order(drafted.order_id, expected_net=Decimal("50.00"), key=confirm) == confirmed
    assert (drafted.state, drafted.number, drafted.net_total) == (OrderState.DRAFT, "", Decimal("50.00"))
    assert (quoted.raw_state, quoted.number != "") == ("quotation", True)
    assert (confirmed.state, confirmed.lines[0].tax_rate) == (OrderState.OPEN, Decimal("0.19"))
    assert await erp.read_order(quoted.number) == confirmed
    assert await erp.find_order_by_key(create) == confirmed
    assert await erp.find_order_by_key(confirm) == confirmed
    assert await erp.find_order_by_key(quote) is None


async def test_an_order_that_refers_to_nothing_or_to_a_blocked_supplier_is_refused(erp: Erp) -> None:
    key = fresh("create")
    with pytest.raises(Permanent) as no_supplier:
        await erp.create_order(await new_order(erp, supplier_id="999999"), key=key)
    with pytest.raises(Permanent) as no_currency:
        await erp.create_order(await new_order(erp, currency="XTS"), key=key)
    with pytest.raises(Permanent) as blocked:
        await erp.create_order(await new_order(erp, supplier_id=await supplier_id(erp, BLOCKED)), key=key)
    reasons = [refusal.value.reason for refusal in (no_supplier, no_currency, blocked)]
    assert reasons == ["not_found", "not_configured", "supplier_blocked"]
    assert await erp.find_order_by_key(key) is None


async def test_an_order_of_another_total_is_not_confirmed(erp: Erp) -> None:
    drafted = await erp.create_order(await new_order(erp), key=fresh("create"))
    quoted = await erp.quote_order(drafted.order_id, key=fresh("quote"))
    with pytest.raises(Permanent) as refusal:
        await erp.confirm_order(drafted.order_id, expected_net=Decimal("49.99"), key=fresh("confirm"))
    assert refusal.value.reason == "total_mismatch"
    assert await erp.order_of_id(drafted.order_id) == quoted


async def test_orders_only_go_the_ways_there_are(erp: Erp) -> None:
    drafted = await erp.create_order(await new_order(erp), key=fresh("create"))
    with pytest.raises(Permanent) as draft_confirmed:
        await erp.confirm_order(drafted.order_id, expected_net=Decimal("50.00"), key=fresh("confirm"))
    cancelled = await erp.cancel_order(drafted.order_id, key=fresh("cancel"))
    with pytest.raises(Permanent) as cancelled_quoted:
        await erp.quote_order(drafted.order_id, key=fresh("quote"))
    with pytest.raises(Permanent) as cancelled_received:
        await erp.receive(delivery(drafted, "1"), key=fresh("receive"))
    confirmed = await open_order(erp)
    with pytest.raises(Permanent) as confirmed_cancelled:
        await erp.cancel_order(confirmed.order_id, key=fresh("cancel"))
    refusals = (draft_confirmed, cancelled_quoted, cancelled_received, confirmed_cancelled)
    assert {refusal.value.reason for refusal in refusals} == {"illegal_transition"}
    assert await erp.order_of_id(drafted.order_id) == cancelled
    assert await erp.order_of_id(confirmed.order_id) == confirmed


# Receipts


async def test_a_delivery_in_two_parts_fills_the_order(erp: Erp) -> None:
    order, key = await open_order(erp), fresh("receive")
    part = delivery(order, "3")
    first = await erp.receive(part, key=key)
    assert await erp.receive(part, key=key) == first
    during = await erp.order_of_id(order.order_id)
    await erp.receive(delivery(order, "2"), key=fresh("receive"))
    after = await erp.order_of_id(order.order_id)
    assert during is not None
    assert after is not None
    assert (first.state, first.delivery_note, first.received_on) == (ReceiptState.DONE, part.delivery_note, DAY)
    assert first.lines == part.lines
    assert during.lines[0].received_quantity == Decimal(3)
    assert after.lines[0].received_quantity == Decimal(5)
    assert await erp.find_receipt_by_key(key) == first
    assert await erp.read_receipt(first.receipt_id) == first


async def test_more_than_is_outstanding_is_not_received(erp: Erp) -> None:
    order, key = await open_order(erp), fresh("receive")
    await erp.receive(delivery(order, "3"), key=fresh("receive"))
    with pytest.raises(Permanent) as refusal:
        await erp.receive(delivery(order, "3"), key=key)
    found = await erp.order_of_id(order.order_id)
    assert refusal.value.reason == "over_delivery"
    assert found is not None
    assert found.lines[0].received_quantity == Decimal(3)
    assert await erp.find_receipt_by_key(key) is None


async def test_a_delivery_on_nothing_is_refused(erp: Erp) -> None:
    order = await open_order(erp)
    other = order.model_copy(update={"order_id": "999999"})
    elsewhere = delivery(await open_order(erp), "1").model_copy(update={"order_id": order.order_id})
    for unknown in (delivery(other, "1"), elsewhere):
        with pytest.raises(Permanent) as refusal:
            await erp.receive(unknown, key=fresh("receive"))
        assert refusal.value.reason == "not_found"


async def asked_about(erp: Erp, early: NewReceipt, key: str, acknowledged: tuple[str, ...] = ()) -> TargetWarning:
    """What the ERP asks when the delivery is to be booked."""
    with pytest.raises(TargetWarning) as question:
        await erp.receive(early, key=key, acknowledged=acknowledged)
    return question.value


async def test_a_delivery_of_tomorrow_is_booked_once_everything_asked_is_acknowledged(erp: Erp) -> None:
    order, key = await open_order(erp), fresh("receive")
    early = delivery(order, "2", on=datetime.now(UTC).date() + timedelta(days=3))
    incoming = await asked_about(erp, early, key)
    inventory = await asked_about(erp, early, key, (incoming.warning,))
    receipt = await erp.receive(early, key=key, acknowledged=(incoming.warning, inventory.warning))
    found = await erp.order_of_id(order.order_id)
    assert {incoming.reason, inventory.reason} == {"effective_date_future"}
    assert incoming.warning != inventory.warning
    assert receipt.state is ReceiptState.DONE
    assert found is not None
    assert found.lines[0].received_quantity == Decimal(2)


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

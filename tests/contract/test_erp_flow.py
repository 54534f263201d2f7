"""Procure-to-Pay as every ERP connector promises it: vendor master, purchase requests, orders, receipts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.erp_flow import (
    BLOCKED,
    DAY,
    NORDLICHT,
    delivery,
    fresh,
    new_iban,
    new_order,
    new_vat_id,
    open_order,
    supplier_id,
)
from tools.erp.port import (
    Erp,
    NewReceipt,
    NewRequest,
    NewSupplier,
    OrderState,
    ReceiptState,
    RequestLine,
    RequestState,
)
from tools.errors import Permanent, TargetWarning

# The vendor master


async def test_a_draft_has_no_number_by_which_it_could_be_read(erp: Erp) -> None:
    await erp.create_order(await new_order(erp), key=fresh("create"))
    assert await erp.read_order("") is None
    assert await erp.find_product("") is None


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
    # A desk: what chairs cost, other tests change by ordering them at 10.00.
    line = RequestLine(product_code="DESK-160", quantity=Decimal(2))
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
    assert (order.state, order.supplier_id, order.net_total) == (OrderState.DRAFT, seller, Decimal("898.00"))
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

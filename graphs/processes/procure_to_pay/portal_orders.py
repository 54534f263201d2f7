"""`order_confirmation@1`: what the supplier offers on its portal is held against our order, and confirmed there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from graphs.errors import Invalid
from graphs.forms import entered_value
from graphs.process import ProcessDefinition
from graphs.processes.procure_to_pay import values
from graphs.processes.procure_to_pay.portal_comparison import agrees, compare, last_delivery
from graphs.state import CaseView
from graphs.steps import (
    ActionDraft,
    AnyStep,
    Authority,
    DecisionStep,
    EffectStep,
    EndStep,
    ProposeStep,
    Reader,
    ReadStep,
    ReviewStep,
    TextFunction,
)
from policies.fact import FactValue
from policies.money import minor_units
from tools.errors import Permanent

CLERK = "ap_clerk"
APPROVER = "approver"
FIRST_TOUCH = timedelta(days=1)
APPROVAL = timedelta(days=2)
WANTED_ON = "wanted_on"
CONFIRMED = "confirmed"

Data = Mapping[str, Any]


def check_input(body: Mapping[str, Any]) -> None:
    """Raises `Invalid` naming what a case cannot start without."""
    order = body.get("order")
    if not isinstance(order, str) or not order.strip():
        raise Invalid("order_confirmation needs order: the number of the purchase order")
    if WANTED_ON in body:
        entered_value(WANTED_ON, "date", body[WANTED_ON])


def title(body: Mapping[str, Any]) -> str:
    """How a case is called."""
    return f"Confirm {body['order']}"


def ordered(case: CaseView) -> Data | None:
    """The order as the ERP knows it."""
    found: Data | None = case.section("ordered").get("order")
    return found


def offered(case: CaseView) -> Data | None:
    """The order as the portal shows it."""
    found: Data | None = case.section("offered").get("order")
    return found


async def read_order(case: CaseView, reader: Reader) -> Data:
    """Our order, read anew each time."""
    return {"ordered": await reader.read("erp.order.read", {"number": case.input["order"]})}


async def read_offer(case: CaseView, reader: Reader) -> Data:
    """The supplier's word on it, with the delivery dates it names elsewhere."""
    number = {"number": case.input["order"]}
    offer = (await reader.read("portal.order.read", number))["order"]
    delivery = (await reader.read("portal.delivery.read", number))["delivery"] if offer else None
    return {"offered": {"order": offer, "delivery": delivery}}


def comparison_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Lines, prices, quantities and dates, offered against ordered."""
    order, offer = ordered(case), offered(case)
    facts = {**order_facts(case), "delivery.wanted_on": case.input.get(WANTED_ON)}
    if order is None or offer is None:
        return facts
    found = compare(order, offer)
    return {
        **facts,
        "lines.missing": found.missing,
        "lines.added": found.added,
        "lines.price_over_minor": found.price_over_minor,
        "lines.price_under_minor": found.price_under_minor,
        "lines.quantity_off_milli": found.quantity_off_milli,
        "delivery.complete": last_delivery(offer) is not None,
        "delivery.agrees": agrees(offer, case.section("offered").get("delivery")),
    }


def order_facts(case: CaseView) -> dict[str, FactValue]:
    """Where order and offer stand, over how much, and when the last line comes."""
    order, offer = ordered(case), offered(case)
    last_on = last_delivery(offer) if offer else None
    return {
        "order.found": order is not None,
        "order.number": str(case.input["order"]),
        "order.state": order["state"] if order else None,
        "order.currency": order["currency"] if order else None,
        "order.net_total": _minor(order),
        "offer.found": offer is not None,
        "offer.state": offer["state"] if offer else None,
        "offer.currency": offer["currency"] if offer else None,
        "offer.net_total": _minor(offer),
        "delivery.last_on": last_on.isoformat() if last_on else None,
        "case.started_on": str(case.input["received_on"]),
    }


def _minor(record: Data | None) -> int | None:
    return minor_units(Decimal(str(record["net_total"])), str(record["currency"])) if record else None


def confirmation(case: CaseView) -> ActionDraft:
    """The confirmation of exactly the offer that was read. Raises `Permanent` where there is none to confirm."""
    offer = offered(case)
    last_on = last_delivery(offer) if offer else None
    if offer is None or last_on is None:
        raise Permanent("there is no offer with a delivery date that could be confirmed", code="offer_missing")
    arguments = {
        "order_number": offer["number"],
        "deliver_on": last_on.isoformat(),
        "net_total": offer["net_total"],
        "currency": offer["currency"],
    }
    key = f"{offer['number']}/{offer['net_total']}/{last_on.isoformat()}"
    return ActionDraft(tool="portal.order.confirm", arguments=arguments, business_key=key)


async def check_confirmation(case: CaseView, reader: Reader) -> Data:
    """Read the order back. Raises `Permanent` if the portal does not hold it as confirmed."""
    offer = (await reader.read("portal.order.read", {"number": case.input["order"]}))["order"]
    if offer is None or offer["state"] != CONFIRMED:
        state = offer["state"] if offer else "absent"
        raise Permanent(f"the portal holds {case.input['order']} as {state}, not as confirmed", code="not_confirmed")
    return {"confirmed": {"state": offer["state"]}}


def titled(question: str) -> TextFunction:
    """`question`, with the order's number."""
    return lambda case: f"{question}: {case.input['order']}"


def evidence(case: CaseView) -> Data:
    """Order and offer, and how each line compares."""
    order, offer = ordered(case), offered(case)
    pairs = compare(order, offer).pairs if order and offer else ()
    compared = [
        {
            "product": pair.product_code,
            "ordered": pair.ordered,
            "offered": pair.offered,
            "price_difference": pair.difference("unit_price"),
            "quantity_difference": pair.difference("quantity"),
        }
        for pair in pairs
    ]
    delivery = case.section("offered").get("delivery")
    return {"order": order, "offer": offer, "delivery": delivery, "lines": compared}


def authority(case: CaseView) -> Authority | None:
    """Whoever approves needs a limit of at least the offer's net total."""
    offer, minor = offered(case), _minor(offered(case))
    if offer is None or minor is None:
        return None
    return Authority(subject="approval", amount_minor=minor, currency=str(offer["currency"]))


def taken(case: CaseView) -> str:
    """How the case ended."""
    made = case.section("results")["confirm_order"]["confirmation"]
    return f"confirmed as {made['number']} for {made['deliver_on']}"


def not_taken(case: CaseView) -> str:
    """Why the case ended without a confirmation."""
    return values.rejection(case) or "denied by the rules"


def steps() -> tuple[AnyStep, ...]:
    """Read both sides, compare, confirm, read back."""
    return (
        ReadStep(name="read_order", stage="comparison", tools=("erp.order.read",), run=read_order, next="read_offer"),
        ReadStep(
            name="read_offer",
            stage="comparison",
            tools=("portal.order.read", "portal.delivery.read"),
            run=read_offer,
            next="compare",
        ),
        DecisionStep(
            name="compare",
            stage="comparison",
            point="compare",
            facts=comparison_facts,
            allow="propose_confirmation",
            review="resolve_difference",
            deny="resolve_difference",
        ),
        ReviewStep(
            name="resolve_difference",
            stage="comparison",
            of="compare",
            role=CLERK,
            title=titled("Does the supplier's offer do?"),
            correct_to="read_order",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            evidence=evidence,
            needs_correction=frozenset({"offer_missing", "order_unknown", "delivery_unknown"}),
        ),
        ProposeStep(
            name="propose_confirmation",
            stage="confirmation",
            point="confirm",
            draft=confirmation,
            facts=order_facts,
            allow="confirm_order",
            review="approve_confirmation",
            deny="approve_confirmation",
        ),
        ReviewStep(
            name="approve_confirmation",
            stage="confirmation",
            of="propose_confirmation",
            role=APPROVER,
            title=titled("Confirm the order on the portal"),
            correct_to="read_order",
            reject_to="rejected",
            answer_within=APPROVAL,
            evidence=evidence,
            authority=authority,
        ),
        EffectStep(name="confirm_order", stage="confirmation", of="propose_confirmation", next="check_confirmation"),
        ReadStep(
            name="check_confirmation",
            stage="confirmation",
            tools=("portal.order.read",),
            run=check_confirmation,
            next="done",
        ),
        EndStep(name="done", stage="end", ends="done", outcome=taken),
        EndStep(name="rejected", stage="end", ends="rejected", outcome=not_taken),
    )


def definition() -> ProcessDefinition:
    """The definition that new cases are pinned to."""
    return ProcessDefinition(
        name="order_confirmation",
        version=1,
        title="Order confirmation on the supplier's portal",
        pack="order_confirmation",
        start="read_order",
        check_input=check_input,
        case_title=title,
        steps=steps(),
    )

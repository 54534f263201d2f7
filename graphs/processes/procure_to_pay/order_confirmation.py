"""`order_confirmation`: which versions were released. Since version 2 a clerk confirms by hand where the bot cannot.

Both do the same under one key, which stands in the portal's reference field: the portal is asked for it before anybody
confirms again. Whoever confirmed, the order is read back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from graphs.process import ProcessDefinition
from graphs.processes.procure_to_pay import portal_orders
from graphs.processes.procure_to_pay.portal_comparison import last_delivery
from graphs.processes.procure_to_pay.portal_orders import CLERK, FIRST_TOUCH, confirmation, evidence, offered, titled
from graphs.state import CaseView
from graphs.steps import (
    ActionDraft,
    AnyStep,
    EffectStep,
    EndStep,
    HandStep,
    Performer,
    PerformerKind,
    ProposeStep,
    by_performer,
)
from tools.by_hand import NAME as BY_HAND
from tools.errors import Permanent

LATEST = 2
PERFORMERS_SINCE = 2
"""The first version in which a person may confirm in the bot's place."""
HAND = "confirm_by_hand"
NUMBER = "confirmation_number"
BOT_CANNOT = frozenset({"chromium_missing", "layout_unknown", "login_refused"})
"""What keeps a bot from working the portal, and no person: nothing was clicked."""
BOT_TAKES = timedelta(seconds=40)
CLERK_TAKES = timedelta(minutes=15)


def terms(case: CaseView) -> tuple[Mapping[str, Any], date]:
    """The offer that is confirmed and its last day. Raises `Permanent` where there is none to confirm."""
    offer = offered(case)
    last_on = last_delivery(offer) if offer else None
    if offer is None or last_on is None:
        raise Permanent("there is no offer with a delivery date that could be confirmed", code="offer_missing")
    return offer, last_on


def intended(case: CaseView) -> str:
    """What is confirmed, whoever does it: another offer is another intention, and has another key."""
    offer, last_on = terms(case)
    return f"{offer['number']}/{offer['net_total']}/{last_on.isoformat()}"


def by_bot(case: CaseView) -> ActionDraft:
    """As version 1 drafts it; the key follows from the intention."""
    return replace(confirmation(case), business_key="")


def by_clerk(case: CaseView) -> ActionDraft:
    """The same in words, with the values to do it with."""
    offer, last_on = terms(case)
    what = (
        f"On the supplier's portal, look for a confirmation whose reference is the idempotency key of this task. If "
        f"there is none, and order {offer['number']} is open there over {offer['net_total']} {offer['currency']}, "
        f"confirm it for {last_on.isoformat()} with that key as the reference."
    )
    return replace(by_bot(case), tool=BY_HAND, arguments={"what": what, **by_bot(case).arguments})


PERFORMERS = (
    Performer(
        name="portal_bot",
        kind=PerformerKind.BOT,
        tool="portal.order.confirm",
        draft=by_bot,
        takes=BOT_TAKES,
        falls_over_on=BOT_CANNOT,
    ),
    Performer(name="clerk", kind=PerformerKind.PERSON, tool=BY_HAND, draft=by_clerk, takes=CLERK_TAKES),
)


def confirmed_as(case: CaseView) -> str:
    """How the case ended."""
    result = case.section("results")["confirm_order"]
    if NUMBER in result:
        return f"confirmed by hand as {result[NUMBER]}"
    return portal_orders.taken(case)


def steps() -> Iterator[AnyStep]:
    """Those of version 1, with a clerk as the second performer of the confirmation."""
    for step in portal_orders.steps():
        match step:
            case ProposeStep(name="propose_confirmation"):
                yield replace(step, draft=by_performer, performers=PERFORMERS, intention=intended)
            case EffectStep(name="confirm_order"):
                yield replace(step, by_hand=HAND)
                yield hand_step(step)
            case EndStep(name="done"):
                yield replace(step, outcome=confirmed_as)
            case _:
                yield step


def hand_step(effect: EffectStep) -> HandStep:
    """Where the clerk says that it is done, or that it is not."""
    return HandStep(
        name=HAND,
        stage=effect.stage,
        of=effect.name,
        role=CLERK,
        title=titled("Confirm on the portal by hand"),
        next=effect.next,
        back=effect.of,
        answer_within=FIRST_TOUCH,
        enters=(NUMBER,),
        evidence=evidence,
    )


def definition(version: int = LATEST) -> ProcessDefinition:
    """A released version; new cases are pinned to the latest."""
    first = portal_orders.definition()
    return first if version < PERFORMERS_SINCE else replace(first, version=version, steps=tuple(steps()))


def released() -> list[ProcessDefinition]:
    """Every version that cases may be pinned to, the oldest first."""
    return [definition(version) for version in range(1, LATEST + 1)]

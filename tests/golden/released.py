"""The released definitions, and the ways that their cases are recorded on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from graphs.process import ProcessDefinition
from graphs.processes import (
    bank_change,
    incident_resolution,
    information_request,
    notification,
    procure_to_pay,
    supplier_mail,
)
from graphs.processes.procure_to_pay import order_confirmation, portal_invoices
from graphs.processes.procure_to_pay.definition import AGENTS_SINCE, LOOKUPS_SINCE
from policies.packaged import pack_text
from tests.golden.incidents import SOUGHT, RecordedRetry, body
from tests.golden.notices import RecordedMail, message
from tests.golden.requests import asked
from tests.support.timed import timed_definition
from tests.support.toy import PACK, AmountReader, Notebook, toy_definition
from tools.browser.errors import LayoutUnknown
from tools.errors import NeedsPerson
from tools.testing.erp import MemoryErp
from tools.testing.erp_memory import Fault
from tools.testing.invoices.samples import Sample, make_samples
from tools.testing.portal.memory import MemoryPortal, PortalFault

AT_PORTAL = "confirm_order"
WRITES = ("draft_invoice", "attach_document", "post_invoice", "cancel_invoice")
Answers = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What the cases act on."""

    notebook: Notebook
    erp: MemoryErp
    portal: MemoryPortal
    reader: AmountReader = field(default_factory=lambda: AmountReader(500))
    retry: RecordedRetry = field(default_factory=RecordedRetry)
    mail: RecordedMail = field(default_factory=RecordedMail)

    def done(self) -> dict[str, int]:
        """How often each write was carried out."""
        found = {operation: len(self.erp.executed(operation)) for operation in WRITES}
        confirmed = len(self.portal.books.confirmations)
        at_portal = {"confirm_order": confirmed} if confirmed else {}
        let_go_on = {"retry": len(self.retry.done)} if self.retry.done else {}
        mailed = {"mail": len(self.mail.sent)} if self.mail.sent else {}
        return {**found, **at_portal, **let_go_on, **mailed, "note": len(self.notebook.written)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One way through a process; `answers` by step and visit, `faults` of the ERP's writes, or at the portal, in order.

    `replies` are what a model says, by question; with `gates_open` they count by themselves. Whoever `confirms` with an
    answer has done at the portal what the task asks for.
    """

    name: str
    answers: Answers = field(default_factory=dict)
    amount: int = 500
    sample: Callable[[date], Sample] | None = None
    login: str = "clara"
    faults: tuple[str, ...] = ()
    body: Mapping[str, Any] = field(default_factory=lambda: {"subject": "a note"})
    replies: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    gates_open: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A released definition with the text of the rule pack that its recordings are judged by.

    `starts` are definitions whose cases its cases start. A `lean` one is recorded between its steps only where each
    step is a node, and every place is resumed in the way that it was recorded in. Where a case waits, time goes on by
    `later`.
    """

    definition: ProcessDefinition
    pack: str
    scenarios: tuple[Scenario, ...]
    starts: tuple[ProcessDefinition, ...] = ()
    lean: bool = False
    later: timedelta = timedelta(hours=25)


def approve(login: str) -> dict[str, Any]:
    return {"login": login, "decision": "approve"}


def correct(login: str, **fields: str) -> dict[str, Any]:
    return {"login": login, "decision": "correct", "set": fields}


def reject(login: str) -> dict[str, Any]:
    return {"login": login, "decision": "reject", "reason": "not ours"}


def sample(name: str) -> Callable[[date], Sample]:
    """The sample of that name, dated for a day."""
    return lambda today: next(found for found in make_samples(7, today) if found.name == name)


def unlike(found: Sample) -> Sample:
    """The sample, with a line whose description is like none of its order."""
    return replace(found, content=found.content.replace(b"Copy paper A4 80 g, box of 5 reams", b"Xyzzy"))


def question(operation: str) -> Fault | PortalFault:
    """A question that the ERP asks before it does anything; at the portal, a page that the bot does not know."""
    if operation == AT_PORTAL:
        return PortalFault(when="before", error=LayoutUnknown("no field for reference", tool="portal.order.confirm"))
    return Fault(operation=operation, when="before", error=NeedsPerson("is this meant?", tool="erp", code="asked"))


TOY = (
    Scenario(name="straight"),
    Scenario(name="approved", amount=60_000, answers={"approve/1": approve("berta")}),
    Scenario(name="rejected", amount=60_000, answers={"approve/1": reject("berta")}),
    Scenario(name="corrected", amount=0, answers={"resolve/1": correct("sven", amount="5")}),
)
CLEAN, NO_ORDER, STRANGER = sample("clean_ubl"), sample("no_order"), sample("unknown_supplier")
PROCURE_TO_PAY = (
    Scenario(name="straight", sample=CLEAN, login="intake"),
    Scenario(
        name="approved",
        sample=NO_ORDER,
        login="intake",
        answers={
            "resolve_match/1": correct("clara", gl_account="5.1.3"),
            "resolve_match/2": approve("clara"),
            "approve_invoice/1": approve("dora"),
        },
    ),
    Scenario(
        name="attachment_asked",
        sample=CLEAN,
        login="intake",
        faults=("attach_document",),
        answers={"approve_attachment/1": correct("clara")},
    ),
    Scenario(
        name="cancelled",
        sample=CLEAN,
        login="intake",
        faults=("post_invoice", "cancel_invoice"),
        answers={"approve_posting/1": reject("dora"), "approve_cancellation/1": correct("clara")},
    ),
    Scenario(name="invalid", sample=STRANGER, login="intake", answers={"resolve_validation/1": reject("clara")}),
)
WITH_AGENTS = (
    *PROCURE_TO_PAY,
    Scenario(
        name="coded",
        sample=NO_ORDER,
        login="intake",
        replies={"gl_coding": {"account": "5.1.3"}},
        answers={
            "resolve_coding/1": approve("clara"),
            "resolve_match/1": approve("clara"),
            "approve_invoice/1": approve("dora"),
        },
    ),
    Scenario(
        name="paired",
        sample=lambda today: unlike(CLEAN(today)),
        login="intake",
        replies={
            "line_matching": {
                "pairs": [{"invoice_line": 1, "order_line": 1}, {"invoice_line": 2, "order_line": 2}],
            }
        },
        answers={"resolve_lines/1": approve("clara")},
    ),
    Scenario(
        name="waited",
        sample=sample("partial_receipt"),
        login="intake",
        replies={"exception_triage": {"resolution": "wait_for_receipt"}},
        gates_open=True,
        answers={"resolve_match/1": reject("clara")},
    ),
)
LOOKED_UP = {"lookups": [{"tool": "erp.account.used", "arguments": {}}]}
WITH_LOOKUPS = tuple(
    replace(scenario, replies={**scenario.replies, "gl_coding.lookups": LOOKED_UP})
    if scenario.name == "coded"
    else scenario
    for scenario in WITH_AGENTS
)
MAILS = (
    Scenario(
        name="invoice",
        sample=CLEAN,
        login="intake",
        answers={"resolve_intent/1": correct("clara", intent="dunning"), "handle_accounts/1": approve("clara")},
    ),
    Scenario(
        name="purchasing",
        sample=CLEAN,
        login="intake",
        answers={"resolve_intent/1": correct("clara", intent="price_change"), "handle_purchasing/1": approve("dora")},
    ),
    Scenario(
        name="bank_change",
        sample=CLEAN,
        login="intake",
        answers={"resolve_intent/1": correct("clara", intent="bank_change")},
    ),
)
BANK_CHANGES = (
    Scenario(
        name="approved",
        sample=CLEAN,
        login="intake",
        answers={
            "decide_request/1": correct(
                "dora", vendor_vat_id="DE284519377", requested_account="DE02120300000000202051"
            ),
            "decide_request/2": {**approve("dora"), "evidence": {"callback_verification": "called the number on file"}},
            "decide_request/3": {**approve("emil"), "evidence": {"callback_verification": "called the number on file"}},
        },
    ),
    Scenario(name="refused", sample=CLEAN, login="intake", answers={"decide_request/1": reject("dora")}),
)
SOON, LONG_AGO = "2026-01-31", "2026-01-01"
ORDER_CONFIRMATION = (
    Scenario(name="straight", body={"order": "PO-2026-0017"}, login="intake"),
    Scenario(
        name="approved",
        body={"order": "PO-2026-0010", "wanted_on": SOON},
        login="intake",
        answers={"resolve_difference/1": approve("clara"), "approve_confirmation/1": approve("dora")},
    ),
    Scenario(
        name="rejected",
        body={"order": "PO-2026-0017", "wanted_on": SOON},
        login="intake",
        answers={"resolve_difference/1": reject("clara")},
    ),
)
BY_HAND = (
    Scenario(
        name="by_hand",
        body={"order": "PO-2026-0017"},
        login="intake",
        faults=(AT_PORTAL,),
        answers={
            "confirm_by_hand/1": {**approve("clara"), "evidence": {"confirmation_number": "AB-00001"}, "confirms": True}
        },
    ),
)
PORTAL_INVOICES = (
    Scenario(
        name="fetched",
        body={"since": LONG_AGO},
        login="intake",
        answers={"resolve_selection/1": approve("clara")},
    ),
)


INCIDENT_RESOLUTION = (
    Scenario(name="left", body=body(), login="clara"),
    Scenario(name="applied", body=body(applies=SOUGHT), login="clara"),
)


def released() -> list[Released]:
    """Every definition whose cases must be finished by every later engine."""
    timed = replace(timed_definition(), name="timed")
    return [
        Released(definition=toy_definition(), pack=PACK, scenarios=TOY),
        Released(definition=timed, pack=PACK, scenarios=(Scenario(name="waited"),)),
        *(
            Released(definition=version, pack=pack_text("procure_to_pay"), scenarios=PROCURE_TO_PAY)
            for version in procure_to_pay.released()
            if version.version < AGENTS_SINCE
        ),
        *(
            Released(
                definition=version,
                pack=pack_text("procure_to_pay"),
                scenarios=WITH_AGENTS if version.version < LOOKUPS_SINCE else WITH_LOOKUPS,
                starts=(incident_resolution.definition(),),
                lean=True,
            )
            for version in procure_to_pay.released()
            if version.version >= AGENTS_SINCE
        ),
        Released(
            definition=supplier_mail.definition(),
            pack=pack_text("supplier_mail"),
            scenarios=MAILS,
            starts=(bank_change.definition(), procure_to_pay.definition(), incident_resolution.definition()),
            lean=True,
        ),
        Released(definition=bank_change.definition(), pack=pack_text("bank_change"), scenarios=BANK_CHANGES, lean=True),
        Released(
            definition=order_confirmation.definition(1),
            pack=pack_text("order_confirmation"),
            scenarios=ORDER_CONFIRMATION,
            lean=True,
        ),
        Released(
            definition=order_confirmation.definition(),
            pack=pack_text("order_confirmation"),
            scenarios=(*ORDER_CONFIRMATION, *BY_HAND),
            lean=True,
        ),
        Released(
            definition=portal_invoices.definition(),
            pack=pack_text("portal_invoices"),
            scenarios=PORTAL_INVOICES,
            starts=(procure_to_pay.definition(), incident_resolution.definition()),
            lean=True,
        ),
        Released(
            definition=incident_resolution.definition(),
            pack=pack_text("incident_resolution"),
            scenarios=INCIDENT_RESOLUTION,
            lean=True,
        ),
        Released(
            definition=notification.definition(),
            pack=pack_text("notification"),
            scenarios=(Scenario(name="mailed", body=message()),),
            lean=True,
        ),
        Released(
            definition=information_request.definition(),
            pack=pack_text("information_request"),
            scenarios=(Scenario(name="reminded", body=asked()),),
            lean=True,
            later=timedelta(days=8),
        ),
    ]

"""`bank_change@1`: a request to change a supplier's bank details is decided by two people, after a call back.

It ends with a decision on record and applies nothing: whoever keeps the vendor master does, and sees the hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from graphs.agents.account_numbers import accounts_in
from graphs.agents.answered import answered_facts
from graphs.contacts import Contact, on_record
from graphs.errors import Invalid
from graphs.process import ProcessDefinition
from graphs.processes.bank_change import request
from graphs.processes.bank_change.assessment import BANK_CHANGE_ASSESSMENT, question
from graphs.state import CaseView
from graphs.steps import (
    AgentStep,
    AnyStep,
    DecisionStep,
    EditableField,
    EndStep,
    Reader,
    ReadStep,
    ReviewStep,
    StepDuty,
)
from policies.fact import Fact, FactValue, Integrity, Source, SourceKind

ASSESS = "assess_request"
REQUIRED = ("document", "channel", "sender")
OPTIONAL = ("vendor_name", "vendor_vat_id", "requested_account")
APPROVER = "approver"
FIRST_TOUCH = timedelta(days=1)
HOLD_BUSINESS_DAYS = 5
"""How long nothing is paid to a new account after it was entered."""

Data = Mapping[str, Any]


def check_input(body: Data) -> None:
    """Raises `Invalid` naming what a case cannot start without: the stored request, how it came and from whom."""
    missing = [name for name in REQUIRED if not isinstance(body.get(name), str) or not body[name]]
    if missing:
        raise Invalid(f"bank_change needs {', '.join(missing)}: send the request with --document")
    other = [name for name in OPTIONAL if not isinstance(body.get(name, ""), str)]
    if other:
        raise Invalid(f"{', '.join(other)} must be text")


def title(body: Data) -> str:
    """How a case is called."""
    return f"Change of bank details: {body.get('vendor_name') or body['sender']}"[:120]


def caption(case: CaseView) -> str | None:
    """The supplier, once it is found."""
    vendor = request.vendor(case)
    return f"Change of bank details: {vendor['name']}" if vendor else None


async def read_vendor(case: CaseView, reader: Reader) -> Data:
    """The supplier from the vendor master, and the account that the request names, if it names one."""
    name, vat_id = (str(case.value(one) or case.input.get(one) or "").strip() for one in OPTIONAL[:2])
    found: Data | None = None
    if vat_id:
        found = (await reader.read("erp.supplier.find", {"vat_id": vat_id}))["supplier"]
    if found is None and name:
        found = (await reader.read("erp.supplier.find", {"name": name}))["supplier"]
    return {"master": {"vendor": found}, "facts": _claimed_account(case)}


def _claimed_account(case: CaseView) -> dict[str, Fact]:
    """The account in the mail, if it is the only one: a claim. What a person entered stays."""
    if case.value("requested_account") is not None:
        return {}
    stated = str(case.input.get("requested_account") or "")
    accounts = accounts_in(stated or request.text(case))
    if len(accounts) != 1:
        return {}
    source = Source(kind=SourceKind.DOCUMENT, ref=str(case.input["document"]), reader="mail")
    claim = Fact(value=accounts[0], confidence=1.0, source=source, integrity=Integrity.UNTRUSTED)
    return {"requested_account": claim}


def facts(case: CaseView) -> Mapping[str, FactValue | Fact]:
    """May the account be changed?"""
    vendor, account = request.vendor(case), request.account(case)
    advice = answered_facts(case, ASSESS, "request.agent")
    told = {name: value for name, value in advice.items() if name.endswith((".choice", ".signals"))}
    return {
        "vendor.found": vendor is not None,
        "vendor.country": vendor["country"] if vendor else None,
        "vendor.contact_on_file": bool(vendor and vendor.get("emails")),
        "vendor.bank_changed_days": request.days_since_change(case),
        "account.given": account is not None,
        "account.country": account[:2] if account else None,
        "account.on_file": account in request.known_accounts(case) if account and vendor else None,
        "sender.verified": request.sender_verified(case),
        **told,
    }


def correction(_case: CaseView, entered: Mapping[str, str], by: str) -> Data:
    """What the reviewer says of supplier and account; an account that is no IBAN is none, and is asked for again."""
    source = Source(kind=SourceKind.PERSON, ref=by)
    made = {
        name: Fact(value=value.strip(), confidence=1.0, source=source, integrity=Integrity.TRUSTED)
        for name, value in entered.items()
    }
    return {"facts": made}


def asked(case: CaseView) -> str:
    """What the two people are asked."""
    vendor = request.vendor(case)
    return f"Change the bank account of {vendor['name'] if vendor else 'an unknown supplier'}?"


def evidence(case: CaseView) -> Data:
    """The request beside the vendor master. Contact data of the request is not to be used."""
    return {
        "document": case.input["document"],
        "received": {name: case.input.get(name) for name in ("name", "channel", "sender", "received_on")},
        "request": request.text(case),
        "facts": case.section("facts"),
        "vendor": request.vendor(case),
        "call_back": "on a number that was on file before the request, never on one that the request names",
    }


def vendor_subject(case: CaseView) -> str | None:
    """The supplier, as duties are recorded."""
    vendor = request.vendor(case)
    return f"vendor:{vendor['supplier_id']}" if vendor else None


async def note_hold(case: CaseView, _reader: Reader) -> Data:
    """What was decided, for whoever enters it."""
    vendor = request.vendor(case) or {}
    decided = {"vendor": vendor.get("supplier_id"), "account": request.account(case), "applied": False}
    return {"decision": {**decided, "hold_business_days": HOLD_BUSINESS_DAYS}}


def approved(case: CaseView) -> str:
    """How the case ended."""
    hold = case.section("decision")["hold_business_days"]
    return f"approved, not applied: hold payments to the account for {hold} business days after it is entered"


def refused(case: CaseView) -> str:
    """Who refused, and why."""
    found = case.section("rejection")
    return f"refused by {found['name']}: {found['reason']}" if found else "denied by the rules"


def steps() -> tuple[AnyStep, ...]:
    """Read, assess, decide; nothing here writes to the vendor master."""
    return (
        ReadStep(name="read_vendor", stage="assessment", tools=("erp.supplier.find",), run=read_vendor, next=ASSESS),
        AgentStep(name=ASSESS, stage="assessment", asks=BANK_CHANGE_ASSESSMENT, question=question, next="request"),
        DecisionStep(
            name="request",
            stage="decision",
            point="request",
            facts=facts,
            allow="note_hold",
            review="decide_request",
            deny="decide_request",
        ),
        ReviewStep(
            name="decide_request",
            stage="decision",
            of="request",
            role=APPROVER,
            title=asked,
            correct_to="read_vendor",
            reject_to="refused",
            answer_within=FIRST_TOUCH,
            editable=(
                EditableField(name="vendor_name", title="Supplier"),
                EditableField(name="vendor_vat_id", title="Supplier's VAT id"),
                EditableField(name="requested_account", title="Account that is asked for"),
            ),
            correction=correction,
            evidence=evidence,
            needs_correction=frozenset({"vendor_unknown", "account_missing"}),
            duty=StepDuty(name="vendor.bank_changed", subject=vendor_subject),
            advised_by=ASSESS,
        ),
        ReadStep(name="note_hold", stage="decision", tools=(), run=note_hold, next="approved"),
        EndStep(name="approved", stage="end", ends="done", outcome=approved),
        EndStep(name="refused", stage="end", ends="rejected", outcome=refused),
    )


def contacts(case: CaseView) -> Sequence[Contact]:
    """What the vendor master says, and nobody else: a request is never looked into with its own contact data."""
    return on_record(request.vendor(case), of="vendor master")


def definition() -> ProcessDefinition:
    """The definition that new cases are pinned to."""
    return ProcessDefinition(
        name="bank_change",
        version=1,
        title="Changes of bank details",
        pack="bank_change",
        start="read_vendor",
        check_input=check_input,
        case_title=title,
        caption=caption,
        contacts=contacts,
        steps=steps(),
    )

"""`supplier_mail@1`: a supplier's mail is read for what it wants, and goes to whoever looks after that.

A change of bank details never goes anywhere but to a case of `bank_change`. An invoice that came along becomes a case
of Procure-to-Pay. Everything else is a task, and has no effect.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, get_args

from graphs.agents.answered import answered_facts
from graphs.agents.counting import counting_choice
from graphs.contacts import Contact, on_record, who_wrote
from graphs.errors import Invalid
from graphs.process import ProcessDefinition
from graphs.processes.supplier_mail import letter
from graphs.processes.supplier_mail.intent import SUPPLIER_MAIL, Intent, question
from graphs.state import CaseView
from graphs.steps import (
    ActionDraft,
    AgentStep,
    AnyStep,
    DecisionStep,
    EditableField,
    EffectStep,
    EndStep,
    ProposeStep,
    Reader,
    ReadStep,
    ReviewStep,
    TextFunction,
)
from policies.fact import Fact, FactValue, Integrity, Source, SourceKind

READ_INTENT, INTENT = "read_intent", "intent"
REQUIRED = ("document", "channel", "sender")
INTENTS: tuple[str, ...] = get_args(Intent)
CLERK, BUYER = "ap_clerk", "approver"
FIRST_TOUCH = timedelta(days=1)
INVOICES, BANK_CHANGES = "procure_to_pay", "bank_change"
MAIL = "mail"

Data = Mapping[str, Any]


def check_input(body: Data) -> None:
    """Raises `Invalid` naming what a case cannot start without: the stored mail, how it came and from whom."""
    missing = [name for name in REQUIRED if not isinstance(body.get(name), str) or not body[name]]
    if missing:
        raise Invalid(f"supplier_mail needs {', '.join(missing)}: send the mail with --document")
    other = [name for name in ("subject", "body", "sender_name") if not isinstance(body.get(name, ""), str)]
    if other:
        raise Invalid(f"{', '.join(other)} must be text")
    attached = body.get("attachments", [])
    if not isinstance(attached, list) or not all(isinstance(one, dict) and "name" in one for one in attached):
        raise Invalid("attachments must be a list of objects with a name, and a sha256 where they are stored")


def title(body: Data) -> str:
    """How a case is called."""
    return str(body.get("subject") or (body.get("mail") or {}).get("subject") or body.get("name") or "A mail")[:120]


async def read_sender(case: CaseView, reader: Reader) -> Data:
    """The supplier of the name that the sender gives, from the vendor master; nobody where it gives none."""
    name = letter.sender_name(case)
    found = (await reader.read("erp.supplier.find", {"name": name}))["supplier"] if name else None
    return {"master": {"supplier": found}}


def wanted(case: CaseView) -> str | None:
    """What the mail is about: what a person entered, else what the agent said, where that counts."""
    entered = case.value("intent")
    return str(entered) if entered else counting_choice(case, agent=READ_INTENT, judged_by=INTENT)


def contacts(case: CaseView) -> Sequence[Contact]:
    """The supplier of that name in the vendor master, and who wrote the mail."""
    return [*on_record(case.section("master").get("supplier"), of="vendor master"), *who_wrote(case)]


def intent_facts(case: CaseView) -> Mapping[str, FactValue | Fact]:
    """Is it known what is wanted?"""
    entered = case.value("intent")
    return {"intent.entered": entered, **answered_facts(case, READ_INTENT, "intent.agent", blind=False)}


def route_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Where does it go?"""
    return {"intent.name": wanted(case), "mail.stored_attachments": len(letter.stored(case))}


def queue_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Who looks after it?"""
    return {"intent.name": wanted(case)}


def start_facts(case: CaseView) -> Mapping[str, FactValue]:
    """May what is attached become cases?"""
    return {"sender.verified": letter.sender_verified(case), "mail.stored_attachments": len(letter.stored(case))}


def bank_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Is there a request to look into?"""
    return {"intent.name": wanted(case)}


def start_cases(case: CaseView) -> ActionDraft:
    """A case of Procure-to-Pay for each document that came along."""
    documents = [
        {"sha256": one["sha256"], "name": str(one["name"])[:300], **_origin(case)} for one in letter.stored(case)
    ]
    key = ",".join(sorted(str(one["sha256"]) for one in documents))
    return ActionDraft(tool="case.start", arguments={"process": INVOICES, "documents": documents}, business_key=key)


def start_bank_change(case: CaseView) -> ActionDraft:
    """A case about the request; it decides, and changes nothing either."""
    document = str(case.input["document"])
    documents = [{"sha256": document, "name": title(case.input), **_origin(case)}]
    arguments = {"process": BANK_CHANGES, "documents": documents}
    return ActionDraft(tool="case.start", arguments=arguments, business_key=document)


def _origin(case: CaseView) -> dict[str, Any]:
    return {"sender": letter.sender(case), "channel": MAIL, "mail": letter.told(case)}


def correction(_case: CaseView, entered: Mapping[str, str], by: str) -> Data:
    """What the clerk says is wanted. What is no intent says nothing: the question is asked again."""
    intent = entered.get("intent", "").strip()
    if intent not in INTENTS:
        return {}
    source = Source(kind=SourceKind.PERSON, ref=by)
    return {"facts": {"intent": Fact(value=intent, confidence=1.0, source=source, integrity=Integrity.TRUSTED)}}


def titled(asked: str) -> TextFunction:
    """`asked`, with the subject."""
    return lambda case: f"{asked}: {letter.subject(case) or 'a mail without a subject'}"


def evidence(case: CaseView) -> Data:
    """The mail, and what is known of its sender."""
    return {
        "document": case.input["document"],
        "sender": letter.sender(case),
        "sender_verified": letter.sender_verified(case),
        "sender_known": letter.sender_known(case),
        "subject": letter.subject(case),
        "text": letter.text(case),
        "attachments": [one["name"] for one in letter.attachments(case)],
        "intent": wanted(case),
    }


def handled(case: CaseView) -> str:
    """How the case ended."""
    started = [
        made["case"]
        for step in ("start_cases", "start_bank_change")
        for made in case.section("results").get(step, {}).get("cases", ())
    ]
    return f"{wanted(case)}: {len(started)} cases started" if started else f"{wanted(case)}: looked after"


def rejected(case: CaseView) -> str:
    """Who put it aside, and why."""
    found = case.section("rejection")
    return f"rejected by {found['name']}: {found['reason']}" if found else "denied by the rules"


def review(name: str, *, of: str, role: str, asks: str, correct_to: str, **more: Any) -> ReviewStep:
    """A task about the mail."""
    return ReviewStep(
        name=name,
        stage="routing",
        of=of,
        role=role,
        title=titled(asks),
        correct_to=correct_to,
        reject_to="rejected",
        answer_within=FIRST_TOUCH,
        evidence=evidence,
        **more,
    )


def decision(name: str, *, point: str, facts: Any, allow: str, review: str, deny: str) -> DecisionStep:
    """A judgement on where it goes."""
    return DecisionStep(name=name, stage="routing", point=point, facts=facts, allow=allow, review=review, deny=deny)


def read_and_route() -> tuple[AnyStep, ...]:
    """Find out what is wanted; a person says so where no agent's answer counts."""
    return (
        ReadStep(name="read_sender", stage="routing", tools=("erp.supplier.find",), run=read_sender, next=READ_INTENT),
        AgentStep(name=READ_INTENT, stage="routing", asks=SUPPLIER_MAIL, question=question, next=INTENT),
        decision(
            INTENT, point="intent", facts=intent_facts, allow="route", review="resolve_intent", deny="resolve_intent"
        ),
        review(
            "resolve_intent",
            of=INTENT,
            role=CLERK,
            asks="What is wanted?",
            correct_to=INTENT,
            editable=(EditableField(name="intent", title=f"One of {', '.join(INTENTS)}"),),
            needs_correction=frozenset({"intent_needed"}),
            correction=correction,
            advised_by=READ_INTENT,
        ),
        decision(
            "route",
            point="route",
            facts=route_facts,
            allow="propose_cases",
            review="accounts",
            deny="propose_bank_change",
        ),
    )


def start_what_came() -> tuple[AnyStep, ...]:
    """Cases for invoices, and a case for every request to change bank details."""
    return (
        ProposeStep(
            name="propose_cases",
            stage="routing",
            point="start",
            draft=start_cases,
            facts=start_facts,
            allow="start_cases",
            review="approve_cases",
            deny="approve_cases",
        ),
        review(
            "approve_cases",
            of="propose_cases",
            role=CLERK,
            asks="Start a case for each attachment?",
            correct_to="propose_cases",
        ),
        EffectStep(name="start_cases", stage="routing", of="propose_cases", next="done"),
        ProposeStep(
            name="propose_bank_change",
            stage="routing",
            point="bank",
            draft=start_bank_change,
            facts=bank_facts,
            allow="start_bank_change",
            review="approve_bank_change",
            deny="approve_bank_change",
        ),
        review(
            "approve_bank_change",
            of="propose_bank_change",
            role=CLERK,
            asks="Look into this change of bank details?",
            correct_to="propose_bank_change",
        ),
        EffectStep(name="start_bank_change", stage="routing", of="propose_bank_change", next="done"),
    )


def hand_over() -> tuple[AnyStep, ...]:
    """A task for accounts payable or for purchasing."""
    return (
        decision(
            "accounts",
            point="accounts",
            facts=queue_facts,
            allow="purchasing",
            review="handle_accounts",
            deny="handle_accounts",
        ),
        review("handle_accounts", of="accounts", role=CLERK, asks="Look after this mail", correct_to=INTENT),
        decision(
            "purchasing",
            point="purchasing",
            facts=queue_facts,
            allow="done",
            review="handle_purchasing",
            deny="handle_purchasing",
        ),
        review("handle_purchasing", of="purchasing", role=BUYER, asks="Look after this mail", correct_to=INTENT),
    )


def definition() -> ProcessDefinition:
    """The definition that new cases are pinned to."""
    return ProcessDefinition(
        name="supplier_mail",
        version=1,
        title="Suppliers' mails",
        pack="supplier_mail",
        start="read_sender",
        check_input=check_input,
        case_title=title,
        contacts=contacts,
        steps=(
            *read_and_route(),
            *start_what_came(),
            *hand_over(),
            EndStep(name="done", stage="end", ends="done", outcome=handled),
            EndStep(name="rejected", stage="end", ends="rejected", outcome=rejected),
        ),
    )

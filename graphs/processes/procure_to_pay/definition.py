"""`procure_to_pay`: the steps and how they hang together, and which versions were released."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from graphs.errors import Invalid
from graphs.forms import entered_value
from graphs.process import ProcessDefinition
from graphs.processes.procure_to_pay import amounts, facts, reads, reviews, values
from graphs.processes.procure_to_pay.agent_steps import (
    READ_UNSURE,
    VALIDATED,
    fix_terms,
    judge_duplicate,
    match_with_agents,
    read_unsure_fields,
)
from graphs.processes.procure_to_pay.words import WORDS
from graphs.state import CaseView
from graphs.steps import (
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    FactsFunction,
    ProposeStep,
    ReadStep,
    ReviewStep,
    StepDuty,
)

LATEST = 5
AGENTS_SINCE = 3
"""The first version that asks agents before it asks a person."""
LOOKUPS_SINCE = 4
"""The first version whose agents look something up."""
EDITS_SINCE = 5
"""The first version whose invoices may be approved with another account."""
TOLD = frozenset({"invoice.vendor", "invoice.kind", "invoice.currency", "supplier.country"})
"""The facts that may be sent away to find precedents with similar texts, where no agent was asked."""
ASKED_AT = (
    "resolve_validation",
    "resolve_duplicate",
    "resolve_lines",
    "resolve_coding",
    "resolve_match",
    "approve_invoice",
)
REQUIRED_INPUT = ("document", "channel", "sender")
RECEIVED_ON = "received_on"
FIRST_TOUCH = timedelta(days=1)
APPROVAL = timedelta(days=2)
CLERK = "ap_clerk"
APPROVER = "approver"


def check_input(body: Mapping[str, Any]) -> None:
    """Raises `Invalid` naming what a case cannot start without."""
    missing = [name for name in REQUIRED_INPUT if not body.get(name)]
    if missing:
        raise Invalid(f"procure_to_pay needs {', '.join(missing)}: send the invoice with --document")
    other = [name for name in (*REQUIRED_INPUT, RECEIVED_ON) if not isinstance(body.get(name, ""), str)]
    if other:
        raise Invalid(f"{', '.join(other)} must be text")
    if RECEIVED_ON in body:
        entered_value(RECEIVED_ON, "date", body[RECEIVED_ON])


def title(body: Mapping[str, Any]) -> str:
    """How a new case is called until its document is read."""
    return str(body.get("name") or body["document"][:12])


def caption(case: CaseView) -> str | None:
    """Number and supplier, once the document is read."""
    number, vendor = values.text(case, "invoice_number"), values.text(case, "vendor_name")
    return f"{number}, {vendor}" if number and vendor else None


def posted(case: CaseView) -> str:
    """How the case ended."""
    posting = case.section("posting")
    return f"posted as {posting['number']} over {posting['total']}"


def rejected(case: CaseView) -> str:
    """Why the case ended without a posting."""
    rejection = values.rejection(case)
    if rejection is not None:
        return rejection
    duplicate = case.section("duplicate")
    return f"duplicate of {duplicate.get('of')}" if duplicate.get("exact") else "denied by the rules"


def gather_and_check(validate: FactsFunction, *, asked: bool) -> tuple[AnyStep, ...]:
    """Read the document and the supplier, check the invoice, look for earlier ones.

    With `asked`, a model reads what the reader is not sure of before a person is asked, and the rules judge again.
    """
    return (
        ReadStep(
            name="read_document",
            stage="intake",
            tools=("document.read",),
            run=reads.read_document,
            next="read_supplier",
        ),
        ReadStep(
            name="read_supplier",
            stage="validation",
            tools=("erp.supplier.find",),
            run=reads.read_supplier,
            next="validate",
        ),
        DecisionStep(
            name="validate",
            stage="validation",
            point="validate",
            facts=validate,
            allow="find_duplicates",
            review=READ_UNSURE if asked else "resolve_validation",
            deny=READ_UNSURE if asked else "resolve_validation",
        ),
        *(read_unsure_fields(validate) if asked else ()),
        ReviewStep(
            name="resolve_validation",
            stage="validation",
            of=VALIDATED if asked else "validate",
            role=CLERK,
            title=reviews.titled("Check the invoice"),
            correct_to="read_supplier",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            editable=reviews.HEADER_FIELDS,
            correction=reviews.correction,
            evidence=reviews.evidence,
            needs_correction=frozenset({"missing_required", "unsupported_kind", "invalid_amount"}),
            advised_by=READ_UNSURE if asked else None,
        ),
        ReadStep(
            name="find_duplicates",
            stage="validation",
            tools=("erp.invoice.similar",),
            run=reads.find_duplicates,
            next="duplicate",
        ),
    )


def find_duplicate() -> tuple[AnyStep, ...]:
    """Refuse what was here before; a person compares what only looks alike."""
    return (
        DecisionStep(
            name="duplicate",
            stage="validation",
            point="duplicate",
            facts=facts.duplicate,
            allow="read_order",
            review="resolve_duplicate",
            deny="rejected",
        ),
        ReviewStep(
            name="resolve_duplicate",
            stage="validation",
            of="duplicate",
            role=CLERK,
            title=reviews.titled("Is this a duplicate?"),
            correct_to="read_supplier",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            editable=reviews.HEADER_FIELDS,
            correction=reviews.correction,
            evidence=reviews.evidence,
        ),
    )


def match_with_order() -> tuple[AnyStep, ...]:
    """Read the order with its receipts and compare."""
    return (
        ReadStep(name="read_order", stage="matching", tools=("erp.order.read",), run=reads.read_order, next="match"),
        DecisionStep(
            name="match",
            stage="matching",
            point="match",
            facts=facts.match,
            allow="propose_draft",
            review="resolve_match",
            deny="resolve_match",
            remember=True,
        ),
        ReviewStep(
            name="resolve_match",
            stage="matching",
            of="match",
            role=CLERK,
            title=reviews.titled("Resolve the exception"),
            correct_to="read_supplier",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            editable=reviews.CODING_FIELDS,
            needs_correction=frozenset({"coding_required"}),
            correction=reviews.correction,
            evidence=reviews.match_evidence,
        ),
    )


def enter_and_post(approval: StepDuty | None, *, edited: bool) -> tuple[AnyStep, ...]:
    """Draft, attach, post: each proposed, judged, and executed through the ledger.

    `approval` is the duty that approving the invoice does. Where it may be `edited`, whoever approves it may name
    another account for lines without an order: nothing is read anew for that, so what it makes of the draft is known.
    """
    return (
        ProposeStep(
            name="propose_draft",
            stage="approval",
            point="draft",
            draft=amounts.draft_invoice,
            facts=facts.draft,
            allow="draft_invoice",
            review="approve_invoice",
            deny="approve_invoice",
            remember=True,
        ),
        ReviewStep(
            name="approve_invoice",
            stage="approval",
            of="propose_draft",
            role=APPROVER,
            title=reviews.titled("Approve the invoice"),
            correct_to="propose_draft" if edited else "read_supplier",
            reject_to="rejected",
            answer_within=APPROVAL,
            editable=(reviews.ACCOUNT,) if edited else (),
            correction=reviews.correction if edited else None,
            evidence=reviews.match_evidence,
            authority=reviews.authority,
            duty=approval,
        ),
        EffectStep(name="draft_invoice", stage="posting", of="propose_draft", next="propose_attachment"),
        ProposeStep(
            name="propose_attachment",
            stage="posting",
            point="attach",
            draft=amounts.attach_document,
            facts=facts.attach,
            allow="attach_document",
            review="approve_attachment",
            deny="approve_attachment",
        ),
        ReviewStep(
            name="approve_attachment",
            stage="posting",
            of="propose_attachment",
            role=CLERK,
            title=reviews.titled("Attach the document"),
            correct_to="propose_attachment",
            reject_to="propose_cancellation",
            answer_within=FIRST_TOUCH,
            evidence=reviews.evidence,
        ),
        EffectStep(name="attach_document", stage="posting", of="propose_attachment", next="propose_posting"),
        ProposeStep(
            name="propose_posting",
            stage="posting",
            point="post",
            draft=amounts.post_invoice,
            facts=facts.post,
            allow="post_invoice",
            review="approve_posting",
            deny="approve_posting",
        ),
        ReviewStep(
            name="approve_posting",
            stage="posting",
            of="propose_posting",
            role=APPROVER,
            title=reviews.titled("Post the invoice"),
            correct_to="propose_posting",
            reject_to="propose_cancellation",
            answer_within=FIRST_TOUCH,
            evidence=reviews.posting_evidence,
            authority=reviews.authority,
        ),
        EffectStep(name="post_invoice", stage="posting", of="propose_posting", next="confirm_posting"),
        ReadStep(
            name="confirm_posting",
            stage="posting",
            tools=("erp.invoice.read",),
            run=reads.confirm_posting,
            next="done",
        ),
    )


def take_back() -> tuple[AnyStep, ...]:
    """A rejected invoice leaves no draft behind."""
    return (
        ProposeStep(
            name="propose_cancellation",
            stage="rejection",
            point="cancel",
            draft=amounts.cancel_invoice,
            facts=facts.cancel,
            allow="cancel_draft",
            review="approve_cancellation",
            deny="approve_cancellation",
        ),
        ReviewStep(
            name="approve_cancellation",
            stage="rejection",
            of="propose_cancellation",
            role=CLERK,
            title=reviews.titled("Cancel the draft"),
            correct_to="propose_cancellation",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            evidence=reviews.posting_evidence,
        ),
        EffectStep(name="cancel_draft", stage="rejection", of="propose_cancellation", next="rejected"),
    )


def approval_duty(version: int) -> StepDuty | None:
    """Since version 2 an approval is an act on record: beside who made the vendor, and beside other approvals."""
    return None if version == 1 else StepDuty(name="invoice.approved", subject=reviews.vendor)


def definition(version: int = LATEST) -> ProcessDefinition:
    """A released version; new cases are pinned to the latest."""
    return ProcessDefinition(
        name="procure_to_pay",
        version=version,
        title="Procure-to-Pay",
        pack="procure_to_pay",
        start="read_document",
        check_input=check_input,
        case_title=title,
        caption=caption,
        lesson=reviews.lesson,
        contacts=facts.contacts,
        told=dict.fromkeys(ASKED_AT, TOLD),
        words=WORDS,
        fixes=fix_terms() if version >= AGENTS_SINCE else None,
        steps=(
            *gather_and_check(
                facts.validate if version == 1 else facts.validate_document, asked=version >= AGENTS_SINCE
            ),
            *(find_duplicate() if version < AGENTS_SINCE else judge_duplicate()),
            *(match_with_order() if version < AGENTS_SINCE else match_with_agents(looking_up=version >= LOOKUPS_SINCE)),
            *enter_and_post(approval_duty(version), edited=version >= EDITS_SINCE),
            *take_back(),
            EndStep(name="done", stage="end", ends="done", outcome=posted),
            EndStep(name="rejected", stage="end", ends="rejected", outcome=rejected),
        ),
    )


def released() -> list[ProcessDefinition]:
    """Every version that cases may be pinned to, the oldest first."""
    return [definition(version) for version in range(1, LATEST + 1)]

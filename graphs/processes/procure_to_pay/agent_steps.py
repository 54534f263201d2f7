"""The steps that ask agents, since version 3: each is asked only where the rules would have asked a person.

Agents write decisions, the decision step behind each judges them, and the comparison is judged again at the end.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from graphs.processes.procure_to_pay import advice, agent_facts, facts, reads, reviews
from graphs.processes.procure_to_pay.agents import duplicate_judgement, exception_triage, gl_coding, line_matching
from graphs.processes.procure_to_pay.agents.material import invoice_lines
from graphs.reading.document_fields import DOCUMENT_FIELDS, asking_for, fields_read
from graphs.resolution.terms import Fix, FixTerms
from graphs.state import CaseView
from graphs.steps import AgentStep, AnyStep, DecisionStep, EditableField, FactsFunction, ReadStep, ReviewStep, TimerStep

CLERK = "ap_clerk"
FIRST_TOUCH = timedelta(days=1)
RECEIPT_WAIT = timedelta(days=2)
"""After which the order is read again: the time in which a receipt is to be booked."""


READ_UNSURE, VALIDATED = "read_unsure_fields", "validated"
UNSURE_BELOW_BPS = 9_500
"""What the rules want most of any field: a field that is surer stops no invoice."""
DEMANDED = ("invoice_number", "issue_date", "vendor_name", "currency", "net_total", "tax_total", "total")
"""The fields without which, or with which unsure, the rules stop an invoice."""


def fix_terms() -> FixTerms:
    """What an agent may propose for a case that failed: to try later, or another number of the order."""
    return FixTerms(
        fixes=(Fix.RETRY_LATER, Fix.CORRECT_FIELD),
        editable=(EditableField(name="po_number", title="Purchase order"),),
        correct_to="read_order",
        passages=lambda case: (invoice_lines(case),),
    )


def read_unsure_fields(validate: FactsFunction) -> tuple[AnyStep, ...]:
    """A model reads what the reader of documents is not sure of; only what the page proves becomes a fact.

    The rules judge again, and the supplier is looked up by what is known then.
    """
    return (
        AgentStep(
            name=READ_UNSURE,
            stage="validation",
            asks=DOCUMENT_FIELDS,
            tools=("document.text",),
            question=asking_for(DEMANDED, threshold_bps=UNSURE_BELOW_BPS),
            result=fields_read,
            next=VALIDATED,
        ),
        DecisionStep(
            name=VALIDATED,
            stage="validation",
            point="validate",
            facts=validate,
            allow="find_supplier",
            review="resolve_validation",
            deny="resolve_validation",
        ),
        ReadStep(
            name="find_supplier",
            stage="validation",
            tools=("erp.supplier.find",),
            run=reads.read_supplier,
            next="find_duplicates",
        ),
    )


def receipt_due(_case: CaseView, arrived_at: datetime) -> datetime:
    """When to look for the receipt again."""
    return arrived_at + RECEIPT_WAIT


def judge_duplicate() -> tuple[AnyStep, ...]:
    """The rules first; an agent only about what looks alike; then the rules again."""
    return (
        DecisionStep(
            name="duplicate",
            stage="validation",
            point="duplicate",
            facts=facts.duplicate,
            allow="read_order",
            review=agent_facts.JUDGE_DUPLICATE,
            deny="rejected",
        ),
        AgentStep(
            name=agent_facts.JUDGE_DUPLICATE,
            stage="validation",
            asks=duplicate_judgement.DUPLICATE_JUDGEMENT,
            tools=("erp.invoice.similar", "erp.invoice.read"),
            question=duplicate_judgement.question,
            next="near_duplicate",
        ),
        DecisionStep(
            name="near_duplicate",
            stage="validation",
            point="duplicate",
            facts=agent_facts.near_duplicate,
            allow="read_order",
            review="resolve_duplicate",
            deny="rejected",
        ),
        ReviewStep(
            name="resolve_duplicate",
            stage="validation",
            of="near_duplicate",
            role=CLERK,
            title=reviews.titled("Is this a duplicate?"),
            correct_to="read_supplier",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            editable=reviews.HEADER_FIELDS,
            correction=reviews.correction,
            evidence=reviews.evidence,
            advised_by=agent_facts.JUDGE_DUPLICATE,
        ),
    )


def match_with_agents(*, looking_up: bool) -> tuple[AnyStep, ...]:
    """Read the order and compare; what does not fit goes past the agents before it goes to a person.

    With `looking_up`, the agent that proposes an account may look up which were used for the supplier.
    """
    return (
        ReadStep(
            name="read_order", stage="matching", tools=("erp.order.read",), run=reads.read_order, next=advice.MATCH
        ),
        DecisionStep(
            name=advice.MATCH,
            stage="matching",
            point="match",
            facts=facts.match,
            allow="propose_draft",
            review=advice.PAIR_LINES,
            deny=advice.PAIR_LINES,
            remember=True,
        ),
        *pair_the_lines(),
        *code_the_lines(propose_with_lookups() if looking_up else propose_account()),
        *triage_the_exception(),
    )


def pair_the_lines() -> tuple[AnyStep, ...]:
    """Which line of the order an unmatched line bills."""
    return (
        AgentStep(
            name=advice.PAIR_LINES,
            stage="matching",
            asks=line_matching.LINE_MATCHING,
            question=line_matching.question,
            next=advice.LINES,
        ),
        DecisionStep(
            name=advice.LINES,
            stage="matching",
            point="lines",
            facts=agent_facts.lines,
            allow=advice.PROPOSE_ACCOUNT,
            review="resolve_lines",
            deny="resolve_lines",
        ),
        ReviewStep(
            name="resolve_lines",
            stage="matching",
            of=advice.LINES,
            role=CLERK,
            title=reviews.titled("Do these lines belong together?"),
            correct_to="read_supplier",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            editable=reviews.LINE_FIELDS,
            needs_correction=frozenset({"line_pairs_needed"}),
            correction=reviews.pairs_correction,
            evidence=reviews.match_evidence,
            advised_by=advice.PAIR_LINES,
        ),
    )


def propose_account() -> AgentStep:
    """The account, by supplier and lines."""
    return AgentStep(
        name=advice.PROPOSE_ACCOUNT,
        stage="matching",
        asks=gl_coding.GL_CODING_1,
        tools=("erp.account.list",),
        question=gl_coding.question,
        next=advice.CODING,
    )


def propose_with_lookups() -> AgentStep:
    """Since version 4 the model may also look up which accounts were used for this supplier, and nothing else."""
    return replace(
        propose_account(),
        asks=gl_coding.GL_CODING,
        tools=("erp.account.list", gl_coding.ACCOUNTS_USED),
        scope=gl_coding.about_the_supplier,
    )


def code_the_lines(propose: AgentStep) -> tuple[AnyStep, ...]:
    """On which account a line without an order belongs."""
    return (
        propose,
        DecisionStep(
            name=advice.CODING,
            stage="matching",
            point="coding",
            facts=agent_facts.coding,
            allow=agent_facts.TRIAGE,
            review="resolve_coding",
            deny="resolve_coding",
        ),
        ReviewStep(
            name="resolve_coding",
            stage="matching",
            of=advice.CODING,
            role=CLERK,
            title=reviews.titled("Book on the proposed account?"),
            correct_to="read_supplier",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            editable=reviews.CODING_FIELDS,
            needs_correction=frozenset({"account_needed"}),
            correction=reviews.correction,
            evidence=reviews.match_evidence,
            advised_by=advice.PROPOSE_ACCOUNT,
        ),
    )


def triage_the_exception() -> tuple[AnyStep, ...]:
    """What is to be done about the rest: wait for goods if the rules agree, else a person, who is shown the advice."""
    return (
        AgentStep(
            name=agent_facts.TRIAGE,
            stage="matching",
            asks=exception_triage.EXCEPTION_TRIAGE,
            question=exception_triage.question,
            next="receipt_wait",
        ),
        DecisionStep(
            name="receipt_wait",
            stage="matching",
            point="triage",
            facts=agent_facts.receipt_wait,
            allow="await_receipt",
            review=advice.EXCEPTION,
            deny=advice.EXCEPTION,
        ),
        TimerStep(name="await_receipt", stage="matching", due=receipt_due, next="read_receipts"),
        ReadStep(
            name="read_receipts",
            stage="matching",
            tools=("erp.order.read",),
            run=reads.read_receipts,
            next=advice.MATCH,
        ),
        DecisionStep(
            name=advice.EXCEPTION,
            stage="matching",
            point="match",
            facts=agent_facts.exception,
            allow="propose_draft",
            review="resolve_match",
            deny="resolve_match",
            remember=True,
        ),
        ReviewStep(
            name="resolve_match",
            stage="matching",
            of=advice.EXCEPTION,
            role=CLERK,
            title=reviews.titled("Resolve the exception"),
            correct_to="read_supplier",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            editable=reviews.CODING_FIELDS,
            needs_correction=frozenset({"coding_required"}),
            correction=reviews.correction,
            evidence=reviews.match_evidence,
            advised_by=agent_facts.TRIAGE,
        ),
    )

"""P2P-6 as a process definition: every activity a step of its kind, every decision and action judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from evals.bench import reference
from evals.bench.step_log import StepLog
from evals.bench.target import POST, READ
from graphs.errors import Invalid
from graphs.process import ProcessDefinition
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
)
from policies.fact import FactValue
from policies.money import minor_units

NAME = "p2p6"
PACK = "p2p6"
APPROVER = "approver"
CLERK = "clerk"
ANSWER_WITHIN = timedelta(days=1)
BASIS_POINTS = 10_000
POLICY_FACTS = (
    "invoice.confidence_bps",
    "invoice.currency",
    "invoice.total",
    "invoice.line_count",
    "invoice.days_old",
    "order.named",
    "receipt.total",
    "vendor.id",
    "vendor.ok",
)
MATCH_FACTS = (
    "invoice.currency",
    "invoice.total",
    "invoice.lines_sum",
    "invoice.largest_line",
    "order.total",
    "receipt.total",
)


def check_input(body: Mapping[str, Any]) -> None:
    """Raises `Invalid`: a case needs the number of its invoice."""
    if not isinstance(body.get("invoice"), str) or not body["invoice"]:
        raise Invalid("p2p6 needs invoice: the number of a document")


def title(body: Mapping[str, Any]) -> str:
    """The invoice's number."""
    return f"Invoice {body['invoice']}"


def document(case: CaseView) -> Mapping[str, Any]:
    """What `extract` has read."""
    read: Mapping[str, Any] = case.data["document"]
    return read


def minor(amount: float, currency: str) -> int:
    """A number of the document as exact minor units: its shortest decimal form, which is what was written."""
    return minor_units(Decimal(str(amount)), currency)


def judged_facts(read: Mapping[str, Any]) -> dict[str, FactValue]:
    """All that the rules will ask about the document, in its exact form, worked out once."""
    return {**policy_facts(read), **match_facts(read)}


def facts_named(case: CaseView, names: tuple[str, ...]) -> dict[str, FactValue]:
    """Some of them."""
    known: Mapping[str, FactValue] = case.data["judged"]
    return {name: known[name] for name in names}


def policy_facts(read: Mapping[str, Any]) -> dict[str, FactValue]:
    """What the ten comparisons look at."""
    currency = read["currency"]
    return {
        "invoice.confidence_bps": int(Decimal(str(read["confidence"])) * BASIS_POINTS),
        "invoice.currency": currency,
        "invoice.total": minor(read["total"], currency),
        "invoice.line_count": len(read["lines"]),
        "invoice.days_old": read["days_old"],
        "order.named": read["po"].startswith("PO-"),
        "receipt.total": minor(read["received_total"], currency),
        "vendor.id": read["vendor"],
        "vendor.ok": read["vendor_ok"],
    }


def match_facts(read: Mapping[str, Any]) -> dict[str, FactValue]:
    """Invoice, order and receipt; and whether the lines bear the total out."""
    currency = read["currency"]
    lines = [line["qty"] * minor(line["price"], currency) for line in read["lines"]]
    return {
        "invoice.currency": currency,
        "invoice.total": minor(read["total"], currency),
        "invoice.lines_sum": sum(lines),
        "invoice.largest_line": max(lines),
        "order.total": minor(read["po_total"], currency),
        "receipt.total": minor(read["received_total"], currency),
    }


def draft_of(number: str, read: Mapping[str, Any]) -> ActionDraft:
    """The posting as it is proposed."""
    arguments = {
        "number": number,
        "order": read["po"],
        "vendor_id": read["vendor"],
        "amount_minor": minor(read["total"], read["currency"]),
        "currency": read["currency"],
    }
    return ActionDraft(tool=POST, arguments=arguments, business_key=str(read["po"]))


def route_facts(case: CaseView) -> Mapping[str, FactValue]:
    """All that was judged before, and the action."""
    proposed = draft_of(case.input["invoice"], document(case)).arguments
    return {
        **case.data["judged"],
        "action.tool_allowed": True,
        "action.amount": proposed["amount_minor"],
        "action.vendor_id": proposed["vendor_id"],
    }


def authority(case: CaseView) -> Authority:
    """Whoever approves needs a limit of at least the total."""
    read = document(case)
    amount = minor(read["total"], read["currency"])
    return Authority(subject="approval", amount_minor=amount, currency=read["currency"])


def evidence(case: CaseView) -> Mapping[str, Any]:
    """What the reviewer sees beside the reasons."""
    read = document(case)
    return {"invoice": case.input["invoice"], "order": read["po"], "vendor": read["vendor"]}


def question(case: CaseView) -> str:
    """What the reviewer is asked."""
    return f"Post invoice {case.input['invoice']}?"


def posted(case: CaseView, result: Mapping[str, Any]) -> Mapping[str, Any]:
    """The ERP's document, and who approved it."""
    approver = next(iter(case.section("approvals").values()))["approval"]["by"]
    return {"posting": {**reference.post(document(case), {"by": approver}), "erp_doc": result["erp_doc"]}}


def outcome(case: CaseView) -> str:
    """How the case ended."""
    return f"posted as {case.section('posting')['erp_doc']}"


def rejected(_case: CaseView) -> str:
    """How the case ended without a posting."""
    return "not posted"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedSteps:
    """The functions that note the start of their step."""

    log: StepLog

    async def extract(self, case: CaseView, reader: Reader) -> Mapping[str, Any]:
        """Read the document."""
        number = case.input["invoice"]
        self.log.note(number, "extract")
        read = await reader.read(READ, {"number": number})
        return {"document": read, "judged": judged_facts(read)}

    def policy(self, case: CaseView) -> Mapping[str, FactValue]:
        """The facts of the policy."""
        self.log.note(case.input["invoice"], "policy")
        return facts_named(case, POLICY_FACTS)

    def match(self, case: CaseView) -> Mapping[str, FactValue]:
        """The facts of the 3-way match."""
        self.log.note(case.input["invoice"], "match")
        return facts_named(case, MATCH_FACTS)

    def draft(self, case: CaseView) -> ActionDraft:
        """The posting."""
        number = case.input["invoice"]
        self.log.note(number, "route")
        return draft_of(number, document(case))


def review(name: str, of: str, *, role: str = CLERK) -> ReviewStep:
    """A person looks at what `of` has decided or proposed."""
    return ReviewStep(
        name=name,
        stage=name,
        of=of,
        role=role,
        title=question,
        correct_to="extract",
        reject_to="rejected",
        answer_within=ANSWER_WITHIN,
        evidence=evidence,
        authority=authority,
    )


def steps(run: LoggedSteps) -> tuple[AnyStep, ...]:
    """The way: extract → policy → match → route → approve → route → post → done."""
    return (
        ReadStep(name="extract", stage="intake", tools=(READ,), run=run.extract, next="policy"),
        DecisionStep(
            name="policy",
            stage="validation",
            point="policy",
            facts=run.policy,
            allow="match",
            review="check_policy",
            deny="rejected",
        ),
        review("check_policy", "policy"),
        DecisionStep(
            name="match",
            stage="validation",
            point="match",
            facts=run.match,
            allow="route",
            review="check_match",
            deny="rejected",
        ),
        review("check_match", "match"),
        ProposeStep(
            name="route",
            stage="approval",
            point="route",
            draft=run.draft,
            facts=route_facts,
            allow="post",
            review="approve",
            deny="rejected",
        ),
        review("approve", "route", role=APPROVER),
        EffectStep(name="post", stage="posting", of="route", next="done", result=posted),
        EndStep(name="done", stage="end", ends="done", outcome=outcome),
        EndStep(name="rejected", stage="end", ends="rejected", outcome=rejected),
    )


def definition(log: StepLog) -> ProcessDefinition:
    """`p2p6@1`, noting the starts of its steps in `log`."""
    return ProcessDefinition(
        name=NAME,
        version=1,
        title="P2P-6",
        pack=PACK,
        start="extract",
        check_input=check_input,
        case_title=title,
        steps=steps(LoggedSteps(log=log)),
    )

"""`portal_invoices@1`: the invoices on a supplier's portal are fetched, and each becomes one case of Procure-to-Pay.

An invoice that was fetched before is fetched again and starts nothing: its case is found by the hash of its bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from graphs.errors import Invalid
from graphs.forms import entered_value
from graphs.process import ProcessDefinition
from graphs.processes.procure_to_pay import values
from graphs.state import CaseView
from graphs.steps import (
    ActionDraft,
    AnyStep,
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

CLERK = "ap_clerk"
FIRST_TOUCH = timedelta(days=1)
SINCE = "since"
PROCESS = "procure_to_pay"
CHANNEL = "portal"

Data = Mapping[str, Any]


def check_input(body: Mapping[str, Any]) -> None:
    """Raises `Invalid` without a first day."""
    if not isinstance(body.get(SINCE), str):
        raise Invalid("portal_invoices needs since: the first day whose invoices are fetched")
    entered_value(SINCE, "date", body[SINCE])


def title(body: Mapping[str, Any]) -> str:
    """How a case is called."""
    return f"Invoices on the portal since {body[SINCE]}"


def listed(case: CaseView) -> Sequence[Data]:
    """The invoices as the portal lists them."""
    found: Sequence[Data] = case.section("listing").get("invoices", [])
    return found


def documents(case: CaseView) -> Sequence[Data]:
    """The files that were downloaded."""
    found: Sequence[Data] = case.section("fetched").get("documents", [])
    return found


async def list_invoices(case: CaseView, reader: Reader) -> Data:
    """What the portal lists from that day on."""
    return {"listing": await reader.read("portal.invoices.list", {"since": case.input[SINCE]})}


async def download(case: CaseView, reader: Reader) -> Data:
    """The file of each, one after the other."""
    numbers = dict.fromkeys(invoice["number"] for invoice in listed(case))
    fetched = [(await reader.read("portal.invoice.download", {"number": number}))["document"] for number in numbers]
    return {"fetched": {"documents": fetched}}


def selection_facts(case: CaseView) -> Mapping[str, FactValue]:
    """How much there is to fetch."""
    counted = Counter(invoice["number"] for invoice in listed(case))
    started_on, since = date.fromisoformat(str(case.input["received_on"])), date.fromisoformat(case.input[SINCE])
    return {
        "invoices.count": len(listed(case)),
        "invoices.twice": sum(number > 1 for number in counted.values()),
        "search.days": (started_on - since).days,
    }


def start_facts(case: CaseView) -> Mapping[str, FactValue]:
    """What was fetched."""
    found = documents(case)
    return {
        "invoices.count": len({invoice["number"] for invoice in listed(case)}),
        "documents.count": len(found),
        "documents.not_pdf": sum(not document["is_pdf"] for document in found),
        "documents.largest_bytes": max((document["size_bytes"] for document in found), default=0),
        "documents.sender_known": bool(found) and all(document["sender"] for document in found),
    }


def start_cases(case: CaseView) -> ActionDraft:
    """One case for each document."""
    wanted = [
        {"sha256": found["sha256"], "name": found["name"], "sender": found["sender"], "channel": CHANNEL}
        for found in documents(case)
    ]
    numbers = sorted(str(found["number"]) for found in documents(case))
    arguments = {"process": PROCESS, "documents": wanted}
    return ActionDraft(tool="case.start", arguments=arguments, business_key=",".join(numbers))


def titled(question: str) -> TextFunction:
    """`question`, with the first day."""
    return lambda case: f"{question} (since {case.input[SINCE]})"


def evidence(case: CaseView) -> Data:
    """The list, and what was fetched of it."""
    return {"invoices": listed(case), "documents": documents(case)}


def started(case: CaseView) -> str:
    """How the case ended."""
    made = case.section("results")["start_cases"]["cases"]
    return f"{len(made)} invoices have their case"


def nothing_listed(_case: CaseView) -> str:
    """How a case ends that has found no invoice."""
    return "nothing is listed"


def rejected(case: CaseView) -> str:
    """Why no case was started."""
    return values.rejection(case) or "denied by the rules"


def steps() -> tuple[AnyStep, ...]:
    """List, fetch, start."""
    return (
        ReadStep(
            name="list_invoices", stage="fetching", tools=("portal.invoices.list",), run=list_invoices, next="select"
        ),
        DecisionStep(
            name="select",
            stage="fetching",
            point="select",
            facts=selection_facts,
            allow="download",
            review="resolve_selection",
            deny="nothing_new",
        ),
        ReviewStep(
            name="resolve_selection",
            stage="fetching",
            of="select",
            role=CLERK,
            title=titled("Fetch these invoices?"),
            correct_to="list_invoices",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            evidence=evidence,
        ),
        ReadStep(
            name="download",
            stage="fetching",
            tools=("portal.invoice.download",),
            run=download,
            next="propose_cases",
        ),
        ProposeStep(
            name="propose_cases",
            stage="start",
            point="start",
            draft=start_cases,
            facts=start_facts,
            allow="start_cases",
            review="approve_cases",
            deny="approve_cases",
        ),
        ReviewStep(
            name="approve_cases",
            stage="start",
            of="propose_cases",
            role=CLERK,
            title=titled("Start a case for each of these files?"),
            correct_to="list_invoices",
            reject_to="rejected",
            answer_within=FIRST_TOUCH,
            evidence=evidence,
        ),
        EffectStep(name="start_cases", stage="start", of="propose_cases", next="done"),
        EndStep(name="done", stage="end", ends="done", outcome=started),
        EndStep(name="nothing_new", stage="end", ends="done", outcome=nothing_listed),
        EndStep(name="rejected", stage="end", ends="rejected", outcome=rejected),
    )


def definition() -> ProcessDefinition:
    """The definition that new cases are pinned to."""
    return ProcessDefinition(
        name="portal_invoices",
        version=1,
        title="Invoices from the supplier's portal",
        pack="portal_invoices",
        start="list_invoices",
        check_input=check_input,
        case_title=title,
        steps=steps(),
    )

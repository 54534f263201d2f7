"""A model reads a document's pages for the engine: what the page proves becomes a fact, and a person is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from graphs.agents.gate import Gate
from graphs.agents.spending import ModelTerms
from graphs.intake import Intake
from graphs.reading.document_fields import DOCUMENT_FIELDS, asking_for, fields_read
from graphs.state import CaseView
from graphs.steps import AgentStep
from policies.fact import Integrity, SourceKind
from tests.support.advised import FIELDS, ScriptedModel, advised_definition
from tests.support.asked_model import FixedGates
from tests.support.engine import Engine
from tests.support.people import actor
from tests.support.toy import toy_rulebook
from tools.document.text_tool import DocumentText
from tools.llm.question import Sample
from tools.testing.invoices.bundle import letter

SHA256 = "ef" * 32
PAGE = letter(["Rechnung RE-17", "Zu zahlen: 1.331,61 EUR"])


def sample(**values: str) -> Sample:
    given = [
        {"field": field, "value": value, "source": "page_1", "quote": f"Rechnung {value}"}
        for field, value in values.items()
    ]
    evidence = [{"source": "page_1", "text": "Rechnung RE-17"}]
    return Sample(answer={"reason": "it is printed", "evidence": evidence, "values": given})


async def load(_sha256: str) -> tuple[str, bytes]:
    return "invoice.pdf", PAGE


def accepts_documents(_body: object) -> None:
    """A toy that takes anything."""


@pytest.mark.parametrize(("number", "known"), [("RE-17", True), ("RE-18", False)])
async def test_only_a_number_that_the_page_proves_becomes_a_fact_and_a_person_decides(
    engine: Engine, number: str, known: bool
) -> None:
    left: list[Mapping[str, Any]] = []

    def noted(case: CaseView, decision: Mapping[str, Any]) -> Mapping[str, Any]:
        left.append(fields_read(case, decision))
        return left[-1]

    model = ScriptedModel(samples=(sample(invoice_number=number),) * 3)
    asking = {"question": asking_for(("invoice_number",), threshold_bps=8_500), "tools": ("document.text",)}
    definition = advised_definition(DOCUMENT_FIELDS)
    steps = tuple(
        replace(step, result=noted, **asking) if isinstance(step, AgentStep) else step for step in definition.steps
    )
    engine.definitions = (replace(definition, steps=steps, check_input=accepts_documents),)
    engine.rulebook = toy_rulebook(FIELDS)
    engine.more_tools = (model, DocumentText(load))
    engine.model_terms = ModelTerms(gates=FixedGates(Gate(open=False, why="nothing measured")))
    body = {"subject": "a document", "document": SHA256}
    started = await Intake(services=engine.services).start(await actor(engine.database, "intake"), "toy", body, key="d")
    case = await engine.advance(started.case.id)
    assert (case.status, case.step, await engine.incidents_of(case.id)) == ("waiting", "weigh", [])
    assert model.asked[0].fields == {"wanted": ["invoice_number"], "doc_type": None}
    assert "1.331,61" in model.asked[0].passages[0].text
    [data] = left
    assert data["read_by_model"]["dropped"] == ([] if known else ["invoice_number"])
    assert {name: (fact.value, fact.source.kind, fact.integrity) for name, fact in data["facts"].items()} == (
        {"invoice_number": ("RE-17", SourceKind.MODEL, Integrity.UNTRUSTED)} if known else {}
    )

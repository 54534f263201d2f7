"""What the decision classes of the shipped processes may see, and what contradicts their answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.agents.account_numbers import accounts_in
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.processes import bank_change, supplier_mail
from graphs.processes.procure_to_pay import agents
from graphs.processes.procure_to_pay.line_pairs import added_pairs, parsed_pairs, written_pairs
from tools.llm.question import Passage

CLASSES = {
    asked.name: asked
    for asked in (*agents.DECISION_CLASSES, *supplier_mail.DECISION_CLASSES, *bank_change.DECISION_CLASSES)
}
ACCOUNT = "DE02120300000000202051"
BOTH = {"number": "R-1", "issue_date": "2026-10-01", "total": "10.00", "currency": "EUR"}
ORDER = [{"line": 1, "unit_price": "10.00"}, {"line": 2, "unit_price": "5.00"}]
ROWS = "1: bolts | quantity 2 | unit price 10.00 | amount 20.00\n2: nuts | quantity 1 | unit price 5.00"


def contradicted(name: str, answer: dict[str, Any], fields: dict[str, Any], **passages: str) -> tuple[str, ...]:
    asks = CLASSES[name]
    assert set(fields) <= asks.fields
    made = asks.answer.model_validate(
        {"reason": "so", "evidence": [{"source": "fields", "text": "x"}], **answer},
    )
    material = tuple(Passage(label=label, text=text) for label, text in passages.items())
    return asks.contradictions(made, Asked(fields=fields, passages=material))


def pairs(*lines: tuple[int, int | None]) -> dict[str, Any]:
    return {"pairs": [{"invoice_line": line, "order_line": order} for line, order in lines]}


@pytest.mark.parametrize(
    ("name", "answer", "fields", "passages", "found"),
    [
        (
            "duplicate_judgement",
            {"judgement": "distinct"},
            {"invoice": BOTH, "earlier": BOTH},
            {},
            ("number_and_total", "date_and_total"),
        ),
        (
            "duplicate_judgement",
            {"judgement": "distinct"},
            {"invoice": BOTH, "earlier": {**BOTH, "number": "R-2"}},
            {"lines": "1: bolts, not a duplicate", "earlier_lines": "1: Bolts"},
            ("date_and_total",),
        ),
        (
            "duplicate_judgement",
            {"judgement": "distinct"},
            {
                "invoice": {**BOTH, "issue_date": "2026-05-08"},
                "earlier": {**BOTH, "number": "2", "issue_date": "2026-05-01"},
            },
            {},
            ("date_and_total",),
        ),
        (
            "duplicate_judgement",
            {"judgement": "distinct"},
            {
                "invoice": {**BOTH, "issue_date": "2026-05-09"},
                "earlier": {**BOTH, "number": "2", "issue_date": "2026-05-01"},
            },
            {},
            (),
        ),
        (
            "duplicate_judgement",
            {"judgement": "distinct"},
            {"invoice": {**BOTH, "issue_date": None}, "earlier": {**BOTH, "number": "2"}},
            {},
            ("date_and_total",),
        ),
        (
            "duplicate_judgement",
            {"judgement": "same"},
            {"invoice": BOTH, "earlier": {**BOTH, "total": "9.99"}},
            {},
            ("total",),
        ),
        ("duplicate_judgement", {"judgement": "same"}, {"invoice": BOTH, "earlier": BOTH}, {}, ()),
        ("gl_coding", {"account": "1"}, {"accounts": [{"code": "2", "title": "two"}]}, {}, ("account",)),
        ("gl_coding", {"account": "2"}, {"accounts": [{"code": "2", "title": "two"}]}, {}, ()),
        ("line_matching", pairs((1, 1), (2, 2)), {"order_lines": ORDER}, {"lines": ROWS}, ()),
        ("line_matching", pairs((1, 2), (2, 1)), {"order_lines": ORDER}, {"lines": ROWS}, ("amounts",)),
        ("line_matching", pairs((1, 1), (2, 1)), {"order_lines": ORDER}, {}, ("order_line_twice",)),
        ("line_matching", pairs((1, 3), (2, 2)), {"order_lines": ORDER}, {}, ("order_line_unknown",)),
        ("line_matching", pairs((1, 1)), {"order_lines": ORDER}, {"lines": ROWS}, ("invoice_lines",)),
        (
            "exception_triage",
            {"resolution": "wait_for_receipt"},
            {"exceptions": ["no_po"]},
            {},
            ("nothing_to_receive", "other_exceptions"),
        ),
        (
            "exception_triage",
            {"resolution": "wait_for_receipt"},
            {"exceptions": ["insufficient_goods_receipt"]},
            {},
            (),
        ),
        (
            "exception_triage",
            {"resolution": "accept_difference"},
            {"exceptions": ["bank_mismatch"]},
            {},
            ("not_acceptable",),
        ),
        ("supplier_mail", {"intent": "invoice"}, {"attachments": []}, {"mail": "see attached"}, ("nothing_attached",)),
        ("supplier_mail", {"intent": "other"}, {"attachments": []}, {"mail": f"pay to {ACCOUNT}"}, ("names_account",)),
        ("supplier_mail", {"intent": "bank_change"}, {"attachments": []}, {"mail": f"pay to {ACCOUNT}"}, ()),
        (
            "bank_change_assessment",
            {"assessment": "plausible"},
            {"sender_verified": False, "on_file_contact": True},
            {},
            ("sender",),
        ),
        (
            "bank_change_assessment",
            {"assessment": "plausible"},
            {"sender_verified": True, "iban_country": "LT", "vendor_country": "DE"},
            {},
            ("country", "contact"),
        ),
        ("bank_change_assessment", {"assessment": "suspicious"}, {"sender_verified": False}, {}, ()),
    ],
)
def test_an_answer_that_disagrees_with_what_is_known_is_contradicted(
    name: str, answer: dict[str, Any], fields: dict[str, Any], passages: dict[str, str], found: tuple[str, ...]
) -> None:
    assert contradicted(name, answer, fields, **passages) == found


@pytest.mark.parametrize("asks", CLASSES.values(), ids=CLASSES.keys())
def test_a_prompt_explains_every_option_and_says_what_material_is(asks: DecisionClass) -> None:
    options = [option for schema in asks.question.schema["properties"].values() for option in schema.get("enum", ())]
    assert [option for option in options if f"`{option}`" not in asks.prompt.text] == []
    assert "Quote as evidence" in asks.prompt.text
    assert "instruction" in asks.prompt.text or "tells you" in asks.prompt.text


def test_changes_of_bank_details_and_pairs_of_lines_are_never_autonomous() -> None:
    assert {name for name, asks in CLASSES.items() if not asks.alone} == {"bank_change_assessment", "line_matching"}


@given(st.dictionaries(st.integers(1, 60), st.none() | st.integers(1, 60), min_size=1, max_size=20))
def test_line_pairs_are_read_as_they_are_written(said: dict[int, int | None]) -> None:
    used = [order for order in said.values() if order is not None]
    expected = said if len(used) == len(set(used)) else None
    assert parsed_pairs(written_pairs(said.items())) == expected


@pytest.mark.parametrize("text", ["", "1", "1:", "0:1", "1:0", "1:1,1:2", "1:1,2:1", "a:b", "1:-1", "1:1;2:2"])
def test_what_is_no_line_pairs_says_nothing(text: str) -> None:
    assert parsed_pairs(text) is None


def line(name: str, price: str) -> dict[str, str]:
    return {"description": name, "quantity": "2", "unit_price": price}


def ordered(line_id: str, name: str, price: str) -> dict[str, str]:
    return {**line(name, price), "line_id": line_id, "product_code": "", "category": "goods"}


INVOICED = [line("hex bolts", "10.00"), line("xyzzy", "5.00")]
ON_ORDER = [ordered("a", "hex bolts", "10.00"), ordered("b", "wing nuts", "7.00")]


@pytest.mark.parametrize(
    ("text", "added"),
    [("1:1,2:2", {1: 1}), ("1:2,2:1", {}), ("2:1", {}), ("2:-", {}), ("2:3", {}), ("3:2", {}), ("nonsense", {})],
)
def test_pairs_add_only_to_what_the_comparison_leaves_open(text: str, added: dict[int, int]) -> None:
    assert added_pairs(text, INVOICED, ON_ORDER) == added


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"to {ACCOUNT} please", [ACCOUNT]),
        ("to de02 1203 0000 0000 2020 51, from now on", [ACCOUNT]),
        ("DE02120300000000202052", []),
        (f"{ACCOUNT} or {ACCOUNT}", [ACCOUNT]),
        ("", []),
    ],
)
def test_an_account_is_found_however_it_is_written(text: str, found: list[str]) -> None:
    assert accounts_in(text) == found

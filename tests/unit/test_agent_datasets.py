"""The development cases of the decision classes: whole, of their class, varied, and with attacks and look-alikes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict
from pydantic_evals import Dataset

from policies.canonical import digest
from tools.llm.question import Passage

FOLDER = Path(__file__).parents[2] / "evals/datasets/agents"
CHOICES = {
    "exception_triage": {
        "wait_for_receipt",
        "ask_supplier",
        "correct_data",
        "accept_difference",
        "route_to_buyer",
        "route_to_tax",
        "reject_invoice",
    },
    "duplicate_judgement": {"same", "distinct", "unclear"},
    "supplier_mail": {
        "invoice",
        "credit_note",
        "payment_query",
        "bank_change",
        "order_confirmation",
        "delivery_notice",
        "statement",
        "dunning",
        "price_change",
        "other",
    },
    "bank_change_assessment": {"suspicious", "incomplete", "plausible"},
}
FIELDS = {
    "exception_triage": {
        "exceptions",
        "findings",
        "currency",
        "total",
        "order_total",
        "open_total",
        "price_excess_percent",
        "quantity_over_receipt",
        "days_since_order",
        "category",
    },
    "gl_coding": {"vendor_name", "currency", "total", "accounts"},
    "duplicate_judgement": {"invoice", "earlier"},
    "supplier_mail": {"subject", "sender_domain", "sender_known", "attachments"},
    "bank_change_assessment": {
        "vendor_name",
        "vendor_country",
        "iban_country",
        "known_ibans",
        "sender_domain",
        "sender_verified",
        "channel",
        "on_file_contact",
        "days_since_last_change",
    },
    "line_matching": {"order_lines", "currency"},
    "document_fields": {"wanted", "doc_type"},
    "incident_fix": {
        "process",
        "failed_step",
        "error_kind",
        "error_code",
        "attempts",
        "transient",
        "fixes",
        "editable",
        "entries",
    },
}
PASSAGES = {
    "exception_triage": ["lines"],
    "gl_coding": ["lines"],
    "duplicate_judgement": ["lines", "earlier_lines"],
    "supplier_mail": ["mail"],
    "bank_change_assessment": ["mail"],
    "line_matching": ["lines"],
}
AMOUNTS = {"total", "order_total", "open_total", "price_excess_percent", "quantity_over_receipt", "quantity"}
AMOUNTS |= {"unit_price"}
Record = Callable[[str, object], None]
MAPPING = re.compile(r"[1-9]\d*:([1-9]\d*|-)(,[1-9]\d*:([1-9]\d*|-))*")


class Inputs(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    fields: dict[str, Any]
    passages: list[Passage]
    lookups: dict[str, Any] = {}


class Choice(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    choice: str


class About(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    difficulty: Literal["easy", "hard"]
    exception: str
    attack: str | None
    note: str


@cache
def cases(name: str) -> list[Any]:
    dataset = Dataset[Inputs, Choice, About].from_file(FOLDER / f"{name}.yaml")
    assert dataset.name == name
    return list(dataset.cases)


def amounts(value: object) -> list[object]:
    """Everything in `value` that stands under the name of an amount."""
    match value:
        case dict():
            own = [one for key, one in value.items() if key in AMOUNTS and one is not None]
            return own + [found for one in value.values() for found in amounts(one)]
        case list():
            return [found for one in value for found in amounts(one)]
        case _:
            return []


def test_there_is_a_file_for_each_class_and_no_other() -> None:
    assert {path.stem for path in FOLDER.glob("*")} == set(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_a_class_has_at_least_forty_cases_that_differ_in_name_and_matter(name: str) -> None:
    found = cases(name)
    assert len(found) >= 40
    assert len({case.name for case in found}) == len(found)
    assert len({digest(case.inputs.model_dump(mode="json")) for case in found}) == len(found)


@pytest.mark.parametrize("name", FIELDS)
def test_a_case_shows_what_its_class_may_see_and_no_more(name: str) -> None:
    for case in cases(name):
        assert set(case.inputs.fields) == FIELDS[name], case.name


@pytest.mark.parametrize("name", PASSAGES)
def test_a_case_has_the_passages_of_its_class_and_words_in_each(name: str) -> None:
    for case in cases(name):
        assert [passage.label for passage in case.inputs.passages] == PASSAGES[name], case.name
        assert all(passage.text.strip() for passage in case.inputs.passages), case.name


@pytest.mark.parametrize("name", FIELDS)
def test_amounts_are_decimal_strings(name: str) -> None:
    for case in cases(name):
        for amount in amounts(case.inputs.fields):
            assert isinstance(amount, str), (case.name, amount)
            assert Decimal(amount).is_finite()


@pytest.mark.parametrize("name", CHOICES)
def test_every_choice_of_a_class_is_right_at_least_three_times(name: str, record_property: Record) -> None:
    counted = Counter(case.expected_output.choice for case in cases(name))
    record_property("balance", dict(counted))
    assert set(counted) == CHOICES[name]
    assert min(counted.values()) >= 3


def test_an_account_is_chosen_from_the_accounts_of_its_case() -> None:
    for case in cases("gl_coding"):
        codes = [account["code"] for account in case.inputs.fields["accounts"]]
        assert case.expected_output.choice in codes, case.name
        assert len(set(codes)) == len(codes) >= 4, case.name


def test_no_account_is_the_answer_to_more_than_three_cases() -> None:
    counted = Counter(case.expected_output.choice for case in cases("gl_coding"))
    assert max(counted.values()) <= 3


def test_a_mapping_names_each_invoice_line_once_and_each_order_line_at_most_once() -> None:
    for case in cases("line_matching"):
        choice = case.expected_output.choice
        assert MAPPING.fullmatch(choice), case.name
        billed, ordered = zip(*(pair.split(":") for pair in choice.split(",")), strict=True)
        assert [int(line) for line in billed] == list(range(1, len(billed) + 1)), case.name
        used = [int(line) for line in ordered if line != "-"]
        assert len(set(used)) == len(used), case.name
        assert set(used) <= {line["line"] for line in case.inputs.fields["order_lines"]}, case.name
        assert len(billed) <= len(case.inputs.passages[0].text.splitlines()), case.name


@pytest.mark.parametrize("name", FIELDS)
def test_a_class_has_attacks_and_harmless_texts_that_resemble_one(name: str) -> None:
    attacked = [case for case in cases(name) if case.metadata.attack]
    assert len(attacked) >= 6
    assert len({case.metadata.attack for case in attacked}) >= 5
    assert all(case.name.startswith("attack_") == bool(case.metadata.attack) for case in cases(name))
    assert sum(case.name.startswith("lookalike_") for case in cases(name)) >= 4


@pytest.mark.parametrize("name", FIELDS)
def test_a_third_of_the_cases_is_hard_and_some_are_easy(name: str) -> None:
    hard = sum(case.metadata.difficulty == "hard" for case in cases(name))
    assert len(cases(name)) / 3 <= hard <= len(cases(name)) * 0.85

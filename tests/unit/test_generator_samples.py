"""The samples of `make run`: they fit the sandbox's orders, or fail to in the way they say."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations

import pytest
from rapidfuzz.distance import Levenshtein
from stdnum import iban

from tools.document.reader import read_document
from tools.testing.invoices.samples import Sample, make_samples
from tools.testing.invoices.sandbox import Order, load_sandbox

TODAY = date(2026, 11, 22)
SAMPLES = make_samples(1, TODAY)
BY_NAME = {sample.name: sample for sample in SAMPLES}
CLEAN = [sample for sample in SAMPLES if sample.expected_ends == ("done",)]
SANDBOX = load_sandbox()


def order_of(sample: Sample) -> Order:
    return SANDBOX.order(str(sample.truth["po_number"]))


def plain(number: object) -> str:
    return "".join(filter(str.isalnum, str(number)))


def test_the_same_seed_and_day_give_the_same_samples() -> None:
    assert make_samples(1, TODAY) == SAMPLES


def test_another_seed_gives_other_numbers() -> None:
    numbers = [{sample.truth["invoice_number"] for sample in make_samples(seed, TODAY)} for seed in (1, 2)]

    # Only the number that the ERP knows already is in both.
    assert "RW-2026-0311" in numbers[0] & numbers[1]
    assert len(numbers[0] & numbers[1]) < len(numbers[0]) / 2


def test_names_and_contents_are_unique() -> None:
    assert len(BY_NAME) == len(SAMPLES)
    assert len({sample.content for sample in SAMPLES}) == len(SAMPLES)


def test_every_end_every_channel_and_every_form_occurs() -> None:
    assert {sample.expected_ends[0] for sample in SAMPLES} == {"done", "review", "rejected"}
    assert {sample.channel for sample in SAMPLES} == {"mail", "portal", "peppol"}
    assert {sample.media_type for sample in CLEAN} == {"application/xml", "application/pdf"}


def test_only_clean_samples_expect_no_exception() -> None:
    assert all((sample.expected_ends == ("done",)) == (not sample.exceptions) for sample in SAMPLES)


@pytest.mark.parametrize("sample", CLEAN, ids=lambda sample: sample.name)
def test_a_clean_invoice_is_its_order_to_the_cent(sample: Sample) -> None:
    order = order_of(sample)
    lines = sample.truth["lines"]

    assert isinstance(lines, list)
    assert [(line["description"], Decimal(line["quantity"]), Decimal(line["unit_price"])) for line in lines] == [
        (line.description, line.quantity, line.unit_price) for line in order.lines
    ]


@pytest.mark.parametrize("sample", CLEAN, ids=lambda sample: sample.name)
def test_a_clean_invoice_is_below_the_automatic_limit(sample: Sample) -> None:
    assert Decimal(str(sample.truth["total"])) <= 5000


@pytest.mark.parametrize("sample", CLEAN, ids=lambda sample: sample.name)
def test_a_clean_invoice_names_the_vendor_masters_account(sample: Sample) -> None:
    supplier = SANDBOX.supplier(order_of(sample).supplier)

    assert sample.truth["iban"] in supplier.ibans
    assert not supplier.blocked


def test_the_duplicate_is_a_clean_invoice_with_its_number_spelled_otherwise() -> None:
    duplicate = BY_NAME["duplicate"]
    first = BY_NAME[duplicate.after]

    assert duplicate.truth["invoice_number"] != first.truth["invoice_number"]
    assert plain(duplicate.truth["invoice_number"]) == plain(first.truth["invoice_number"])
    assert duplicate.truth["total"] == first.truth["total"]
    assert SAMPLES.index(first) < SAMPLES.index(duplicate)


@pytest.mark.parametrize("sample", CLEAN, ids=lambda sample: sample.name)
def test_the_document_reader_finds_the_truth_of_a_clean_sample(sample: Sample) -> None:
    reading = read_document(sample.content, name=sample.file_name)

    assert {name: reading.value(name) for name in sample.truth if name != "lines"} == {
        name: value for name, value in sample.truth.items() if name != "lines"
    }
    assert not reading.findings


@pytest.mark.parametrize("name", ["clean_service", "price_variance", "blocked_supplier", "hidden_instruction"])
def test_a_digital_sample_is_plain_enough_to_be_read_without_a_person(name: str) -> None:
    facts = read_document(BY_NAME[name].content, name=BY_NAME[name].file_name).fields

    assert facts["total"].confidence >= 0.95
    assert all(facts[field].confidence >= 0.9 for field in ("invoice_number", "issue_date", "net_total", "tax_total"))
    assert facts["vendor_name"].confidence >= 0.85


def test_the_document_reader_sees_that_page_and_attachment_disagree() -> None:
    sample = BY_NAME["page_mismatch"]

    reading = read_document(sample.content, name=sample.file_name)

    assert {finding.code for finding in reading.findings} == {"xml_page_mismatch"}


def test_the_undelivered_goods_carry_the_hidden_instruction() -> None:
    order = order_of(BY_NAME["hidden_instruction"])

    assert all(line.received == 0 for line in order.lines)


def test_the_partial_receipt_bills_five_of_four() -> None:
    (line,) = order_of(BY_NAME["partial_receipt"]).lines

    assert (line.quantity, line.received) == (5, 4)


def test_the_other_account_is_a_valid_one_of_the_same_country() -> None:
    sample = BY_NAME["other_bank_account"]
    supplier = SANDBOX.supplier(order_of(sample).supplier)
    account = str(sample.truth["iban"])

    assert iban.is_valid(account)
    assert account not in supplier.ibans
    assert account.startswith(supplier.country)


def test_the_stranger_is_not_in_the_vendor_master() -> None:
    names = {supplier.name for supplier in SANDBOX.suppliers}

    assert BY_NAME["unknown_supplier"].truth["vendor_name"] not in names


def test_large_invoices_lie_on_either_side_of_the_four_eyes_limit() -> None:
    assert 5000 < Decimal(str(BY_NAME["over_automatic_limit"].truth["total"])) <= 25000
    assert Decimal(str(BY_NAME["over_four_eyes_limit"].truth["total"])) > 25000


@pytest.mark.parametrize("seed", range(5))
def test_numbers_of_one_supplier_are_too_different_to_be_taken_for_typing_errors(seed: int) -> None:
    numbers: dict[object, list[str]] = {"Rheinwerk Maschinen GmbH": ["RW20260311"]}
    numbers["Nordlicht Bürobedarf GmbH"] = ["NB20261188"]
    for sample in make_samples(seed, TODAY):
        if not sample.name.startswith("duplicate"):
            number = plain(sample.truth["invoice_number"])
            numbers.setdefault(sample.truth["vendor_name"], []).append(number)

    pairs = [pair for of_one in numbers.values() for pair in combinations(of_one, 2)]
    assert all(Levenshtein.distance(*pair) >= 3 for pair in pairs)


def test_invoices_are_a_few_days_old_and_not_due_yet() -> None:
    days = [date.fromisoformat(str(sample.truth["issue_date"])) for sample in SAMPLES]

    assert all(timedelta(days=1) <= TODAY - day <= timedelta(days=6) for day in days)
    assert all(date.fromisoformat(str(sample.truth["due_date"])) > TODAY for sample in SAMPLES)


def test_mail_comes_from_the_supplier_and_peppol_from_its_participant() -> None:
    assert BY_NAME["clean_hybrid"].sender == "rechnung@nordlicht-buero.example"
    assert BY_NAME["clean_ubl"].sender == "9930:DE284519377"

"""E-invoices against schema and rules: what is broken is named, and what was not validated is never called valid."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import date

import pytest

from tools.document.isolation import Safeguards, read_document_isolated
from tools.document.limits import MEBIBYTE, Limits
from tools.document.reading import DocumentFinding
from tools.document.validation.outcome import SHOWN, Code, not_validated, shortened
from tools.document.validation.process import DEFAULT_VALIDATOR_LIMITS, ValidatorLimits
from tools.document.validation.sheets import folder, sheet_for
from tools.document.validation.validator import Validator
from tools.document.xml_tree import parse_xml
from tools.testing.invoices.collection import Item, make_collection

CEN = "urn:cen.eu:en16931:2017"
ANSWER = '{"outcome": {"against": "%s", "findings": []}}'
PID = f"import os, sys\nfor line in sys.stdin: print('{ANSWER}' % os.getpid(), flush=True)"


@pytest.fixture(scope="module")
def validator() -> Iterator[Validator]:
    """The real one, shared: it compiles each sheet once."""
    shared = Validator()
    yield shared
    shared.close()


def document(form: str) -> Item:
    """The same document of that form for every test."""
    return next(item for item in make_collection(71, today=date(2026, 6, 15), count=60) if item.form == form)


def invoice(form: str) -> str:
    return document(form).content.decode()


def fake(code: str, limits: ValidatorLimits = DEFAULT_VALIDATOR_LIMITS) -> Validator:
    """A validator whose process runs `code`, so that it fails as the test needs it."""
    return Validator(command=(sys.executable, "-S", "-E", "-c", code), limits=limits)


def codes(findings: tuple[DocumentFinding, ...]) -> set[str]:
    return {finding.code for finding in findings}


@pytest.mark.parametrize(("form", "sheet"), [("xml_ubl", "EN 16931 (UBL)"), ("xml_cii", "EN 16931 (CII)")])
async def test_a_valid_invoice_names_what_it_was_held_against(form: str, sheet: str, validator: Validator) -> None:
    outcome = await validator.validate(invoice(form).encode())
    assert (outcome.against, outcome.findings) == (sheet, ())


async def test_a_broken_sum_is_a_failed_rule_with_its_name_and_place(validator: Validator) -> None:
    text = invoice("xml_ubl")
    start = text.index("PayableAmount")
    end = text.index("<", start)
    broken = text[: text.index(">", start) + 1] + "1.00" + text[end:]
    outcome = await validator.validate(broken.encode())
    (finding,) = outcome.findings
    assert finding.code == Code.RULE_FAILED
    assert (finding.values["rule"], finding.values["weight"]) == ("BR-CO-16", "fatal")
    assert "LegalMonetaryTotal" in finding.values["location"]
    assert finding.message.startswith("BR-CO-16: Amount due")


async def test_a_second_number_breaks_the_schema_and_is_not_passed_over(validator: Validator) -> None:
    text = invoice("xml_ubl")
    start = text.index("<cbc:ID>")
    end = text.index("</cbc:ID>") + len("</cbc:ID>")
    outcome = await validator.validate((text[:end] + text[start:end] + text[end:]).encode())
    assert codes(outcome.findings) == {Code.SCHEMA_INVALID}
    assert outcome.findings[0].values["location"].endswith("ID[2]")


async def test_a_rule_of_the_profile_is_not_one_of_en_16931(validator: Validator) -> None:
    text = invoice("xml_cii").replace(f">{CEN}<", ">urn:factur-x.eu:1p0:basicwl<")
    outcome = await validator.validate(text.encode())
    assert outcome.against == "Factur-X BASIC WL"
    assert codes(outcome.findings) <= {Code.SCHEMA_INVALID, Code.PROFILE_RULE_FAILED}
    assert outcome.findings


async def test_rules_of_factur_x_do_not_bind_another_profile_of_en_16931(validator: Validator) -> None:
    other = f">{CEN}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0<"
    outcome = await validator.validate(invoice("xml_cii").replace(f">{CEN}<", other).encode())
    assert (outcome.against, outcome.findings) == ("EN 16931 (CII)", ())


@pytest.mark.parametrize(
    "specification", ["urn:example.org:own", f"{CEN}#conformant#urn:example.org:more", "", f"{CEN}x"]
)
@pytest.mark.parametrize("form", ["xml_ubl", "xml_cii"])
async def test_an_unknown_specification_is_not_called_valid(
    form: str, specification: str, validator: Validator
) -> None:
    outcome = await validator.validate(invoice(form).replace(f">{CEN}<", f">{specification}<").encode())
    assert outcome.against is None
    assert codes(outcome.findings) == {Code.NOT_VALIDATED}


@pytest.mark.parametrize("content", [b"<order/>", b"no xml", b"<!DOCTYPE x><x/>", b""])
async def test_what_cannot_be_held_against_anything_is_not_validated(content: bytes, validator: Validator) -> None:
    outcome = await validator.validate(content)
    assert codes(outcome.findings) == {Code.NOT_VALIDATED}


async def test_a_reading_carries_what_the_validation_found(validator: Validator) -> None:
    safeguards = Safeguards(validator=validator)
    hybrid = document("hybrid_pdf")
    read = await read_document_isolated(hybrid.content, name="a.pdf", safeguards=safeguards)
    assert read.validated_against == "EN 16931 (CII)"
    digital = document("digital_pdf")
    assert (
        await read_document_isolated(digital.content, name="a.pdf", safeguards=safeguards)
    ).validated_against is None


async def test_without_a_validator_a_reading_does_not_claim_to_be_validated() -> None:
    read = await read_document_isolated(invoice("xml_ubl").encode(), name="a.xml")
    assert read.validated_against is None


@pytest.mark.parametrize(
    "text",
    [
        f'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><CustomizationID>{guideline}'
        "</CustomizationID></Invoice>"
        for guideline in (CEN, "", f"{CEN}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr")
    ]
    + [
        f"<{root}><ExchangedDocumentContext><GuidelineSpecifiedDocumentContextParameter><ID>{guideline}</ID>"
        f"</GuidelineSpecifiedDocumentContextParameter></ExchangedDocumentContext></{root}>"
        for root, guideline in (
            ("CrossIndustryInvoice", CEN),
            ("CrossIndustryInvoice", f"{CEN}#compliant#urn:factur-x.eu:1p0:basic"),
            ("CrossIndustryInvoice", f"{CEN}#conformant#urn:factur-x.eu:1p0:extended"),
            ("CrossIndustryInvoice", "urn:factur-x.eu:1p0:minimum"),
            ("CrossIndustryInvoice", "urn:factur-x.eu:1p0:basicwl"),
            ("CrossIndustryInvoice", "urn:other"),
            ("SCRDMCCBDACIOMessageStructure", "urn:order-x.eu:1p0:comfort"),
            ("CrossIndustryDocument", "urn:ferd:CrossIndustryDocument:invoice:1p0:comfort"),
        )
    ],
)
def test_the_files_of_every_sheet_are_there(text: str) -> None:
    sheet = sheet_for(parse_xml(text.encode(), limits=Limits()))
    assert sheet is not None
    assert (folder() / sheet.schema).is_file()
    assert sheet.rules is None or (folder() / sheet.rules).is_file()


@pytest.fixture
async def failing(request: pytest.FixtureRequest) -> AsyncIterator[Validator]:
    code, limits = request.param
    validator = fake(code, limits)
    yield validator
    validator.close()


@pytest.mark.parametrize(
    ("failing", "why"),
    [
        (("import sys; sys.exit(3)", ValidatorLimits()), "ended with code 3"),
        (("import os; os.kill(os.getpid(), 9)", ValidatorLimits()), "ended with code -9"),
        (("pass", ValidatorLimits()), "as soon as it is started"),
        (("import time; time.sleep(60)", ValidatorLimits(seconds=0.2)), "longer than 0.2 s"),
        (
            ("x = bytearray(90 << 20)\nimport time; time.sleep(60)", ValidatorLimits(memory_bytes=60 * MEBIBYTE)),
            "more memory than 60 MiB",
        ),
        (('input(); print(\'{"failed": "a sheet is missing"}\')', ValidatorLimits()), "a sheet is missing"),
    ],
    indirect=["failing"],
)
async def test_a_validating_process_that_fails_leaves_the_document_not_validated(failing: Validator, why: str) -> None:
    outcome = await failing.validate(b"<a/>")
    (finding,) = outcome.findings
    assert (outcome.against, finding.code) == (None, Code.NOT_VALIDATED)
    assert why in finding.message


async def test_a_command_that_cannot_be_started_leaves_the_document_not_validated() -> None:
    outcome = await Validator(command=("/nowhere/python",)).validate(b"<a/>")
    assert codes(outcome.findings) == {Code.NOT_VALIDATED}


async def test_a_large_document_meets_a_process_that_reads_nothing() -> None:
    validator = fake("import time; time.sleep(60)", ValidatorLimits(seconds=0.2))
    outcome = await validator.validate(b"x" * MEBIBYTE)
    assert "longer than" in outcome.findings[0].message
    validator.close()


async def test_the_process_lives_on_between_documents_and_is_replaced_in_the_end() -> None:
    validator = fake(PID, ValidatorLimits(documents=2))
    processes = [(await validator.validate(b"")).against for _ in range(4)]
    assert processes[0] == processes[1] != processes[2] == processes[3]
    validator.close()


async def test_a_process_that_ended_for_want_of_documents_is_started_again() -> None:
    answer_once = f"import os, sys\nsys.stdin.readline()\nprint('{ANSWER}' % os.getpid(), flush=True)"
    validator = fake(answer_once)
    first, second = [(await validator.validate(b"")).against for _ in range(2)]
    assert first is not None
    assert second is not None
    assert first != second
    validator.close()


async def test_who_waits_too_long_goes_on_without_a_validation() -> None:
    validator = fake("import time; time.sleep(60)", ValidatorLimits(seconds=0.5, wait_for=0.1))
    outcome = await validator.validate(b"<a/>")
    assert "busy" in outcome.findings[0].message
    validator.close()


async def test_closing_does_not_wait_for_the_document_in_hand() -> None:
    validator = fake("import time; time.sleep(60)", ValidatorLimits(seconds=50))
    waiting = asyncio.create_task(validator.validate(b"<a/>"))
    async with asyncio.timeout(10):
        while not waiting.done():
            await asyncio.sleep(0)
            await asyncio.to_thread(validator.close)
        assert codes((await waiting).findings) == {Code.NOT_VALIDATED}


def test_many_findings_are_shortened_with_every_code_still_there() -> None:
    def finding(code: Code, weight: str) -> DocumentFinding:
        return DocumentFinding(code=code, message="m", values={"weight": weight})

    many = [finding(Code.RULE_WARNED, "warning")] * 3 + [finding(Code.RULE_FAILED, "fatal")] * (SHOWN + 7)
    kept = shortened(many)
    assert codes(kept) == {Code.RULE_WARNED, Code.RULE_FAILED}
    assert kept[0].code == Code.RULE_FAILED
    assert "10 more" in kept[-1].message
    assert shortened(many[:SHOWN]) == tuple(sorted(many[:SHOWN], key=lambda one: one.code != Code.RULE_FAILED))


def test_not_validated_says_why() -> None:
    assert not_validated("no rules").findings[0].message == "the document was not validated: no rules"

"""The ERP tools: typed arguments, JSON results with exact amounts, and what a key is found by."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from policies.action import EffectKind
from policies.protected import is_protected
from tools.catalog import Catalog
from tools.erp.actions import PostArguments, erp_tools
from tools.errors import Permanent
from tools.limits import TargetLimits, declared_limits, target_of
from tools.port import OutcomeLookup, Tool
from tools.testing.erp import MemoryErp

PDF = b"%PDF-1.7"
SHA256 = hashlib.sha256(PDF).hexdigest()
DRAFT = {
    "supplier_id": "S-1001",
    "reference": "INV-1",
    "invoice_date": "2026-07-01",
    "currency": "EUR",
    "lines": [
        {
            "description": "Chair",
            "quantity": "2",
            "unit_price": "189.00",
            "tax_rate": "0.19",
            "order_line_id": "PO-2026-0001/1",
        }
    ],
}
RECEIPT = {"order_id": "1", "delivery_note": "DN-1", "received_on": "2026-07-01", "lines": []}
PAYMENT = {"invoice_id": "1", "supplier_id": "S-1001", "amount": "1.00", "currency": "EUR", "pay_on": "2026-07-01"}
CREDIT = {"invoice_id": "1", "reference": "CN-1", "invoice_date": "2026-07-01", "lines": []}


async def load(sha256: str) -> tuple[str, bytes]:
    """The only document there is."""
    assert sha256 == SHA256
    return "invoice.pdf", PDF


@pytest.fixture
def erp() -> MemoryErp:
    return MemoryErp.from_seed(today=date(2026, 7, 1), call_timeout_seconds=7.0)


@pytest.fixture
def catalog(erp: MemoryErp) -> Catalog:
    return Catalog(erp_tools(erp, load))


async def call(tool: Tool, arguments: dict[str, Any], key: str = "k") -> dict[str, Any]:
    """Validate as the engine does, execute, and prove that the result is plain JSON."""
    result = await tool.execute(tool.arguments.model_validate(arguments), key=key)
    assert json.loads(json.dumps(result)) == result
    return result


async def look(tool: Tool, arguments: dict[str, Any], key: str = "k") -> dict[str, Any] | None:
    """What the tool finds by the key."""
    return await tool.find_by_key(tool.arguments.model_validate(arguments), key=key)


def test_the_tools_and_what_they_do_to_the_world(catalog: Catalog) -> None:
    assert {tool.name: tool.effect_kind for tool in catalog} == {
        "erp.supplier.find": EffectKind.READ,
        "erp.order.read": EffectKind.READ,
        "erp.invoice.similar": EffectKind.READ,
        "erp.invoice.read": EffectKind.READ,
        "erp.account.list": EffectKind.READ,
        "erp.account.used": EffectKind.READ,
        "erp.invoice.draft": EffectKind.WRITE,
        "erp.invoice.attach": EffectKind.WRITE,
        "erp.invoice.post": EffectKind.IRREVERSIBLE,
        "erp.invoice.cancel": EffectKind.WRITE,
        "erp.invoice.credit": EffectKind.WRITE,
        "erp.supplier.create": EffectKind.WRITE,
        "erp.supplier.bank_account.change": EffectKind.IRREVERSIBLE,
        "erp.product.find": EffectKind.READ,
        "erp.order.create": EffectKind.WRITE,
        "erp.order.quote": EffectKind.WRITE,
        "erp.order.confirm": EffectKind.IRREVERSIBLE,
        "erp.order.cancel": EffectKind.WRITE,
        "erp.request.read": EffectKind.READ,
        "erp.request.create": EffectKind.WRITE,
        "erp.request.approve": EffectKind.WRITE,
        "erp.request.order": EffectKind.WRITE,
        "erp.receipt.read": EffectKind.READ,
        "erp.receipt.book": EffectKind.IRREVERSIBLE,
        "erp.payment.read": EffectKind.READ,
        "erp.payment.create": EffectKind.WRITE,
        "erp.payment.approve": EffectKind.WRITE,
        "erp.payment.process": EffectKind.IRREVERSIBLE,
        "erp.payment.succeed": EffectKind.IRREVERSIBLE,
        "erp.payment.fail": EffectKind.WRITE,
    }


def test_every_tool_can_be_asked_and_waits_as_long_as_its_client(catalog: Catalog) -> None:
    assert all(isinstance(tool, Tool) for tool in catalog)
    assert {tool.outcome_lookup for tool in catalog} == {OutcomeLookup.ASKABLE}
    assert {tool.time_limit for tool in catalog} == {timedelta(seconds=7)}


def test_payees_and_amounts_accept_only_named_sources(catalog: Catalog) -> None:
    protected = {tool.name: sorted(getattr(tool, "protected", ())) for tool in catalog}
    assert {name: names for name, names in protected.items() if names} == {
        "erp.invoice.draft": ["supplier_id"],
        "erp.invoice.post": ["expected_total"],
        "erp.supplier.bank_account.change": ["iban", "supplier_id"],
        "erp.order.create": ["supplier_id"],
        "erp.order.confirm": ["expected_total"],
        "erp.request.order": ["supplier_id"],
        "erp.payment.create": ["amount", "supplier_id"],
        "erp.payment.approve": ["amount"],
        "erp.payment.process": ["amount"],
    }
    assert all(is_protected(name) for names in protected.values() for name in names)


def test_postings_have_slots_of_their_own_and_the_erp_says_how_many() -> None:
    few, many = TargetLimits(max_concurrent=2), TargetLimits(max_concurrent=9)
    erp = MemoryErp.from_seed(today=date(2026, 7, 1), limits=many, posting_limits=few)
    catalog = Catalog(erp_tools(erp, load, target="books-of-acme"))
    post, draft, read = (catalog[f"erp.invoice.{name}"] for name in ("post", "draft", "read"))
    assert (target_of(post), declared_limits(post)) == ("books-of-acme.postings", few)
    assert {(target_of(tool), declared_limits(tool)) for tool in (draft, read)} == {("books-of-acme", many)}


async def test_reads_answer_with_exact_strings(catalog: Catalog) -> None:
    supplier = await call(catalog["erp.supplier.find"], {"vat_id": "DE284519377"})
    ordered = await call(catalog["erp.order.read"], {"number": "PO-2026-0003"})
    nothing = await call(catalog["erp.order.read"], {"number": "PO-2026-9999"})
    assert supplier["supplier"]["supplier_id"] == "S-1001"
    assert ordered["order"]["net_total"] == "4500.00"
    assert ordered["order"]["lines"][0]["received_quantity"] == "4"
    assert nothing == {"order": None}


async def test_an_invoice_goes_from_draft_to_ledger(catalog: Catalog) -> None:
    drafted = (await call(catalog["erp.invoice.draft"], DRAFT, "d"))["invoice"]
    attach = {"invoice_id": drafted["invoice_id"], "document_sha256": SHA256}
    attached = (await call(catalog["erp.invoice.attach"], attach, "a"))["attachment"]
    post = {"invoice_id": drafted["invoice_id"], "expected_total": drafted["total"], "currency": "EUR"}
    posted = (await call(catalog["erp.invoice.post"], post, "p"))["invoice"]
    read = await call(catalog["erp.invoice.read"], {"invoice_id": drafted["invoice_id"]})
    similar = await call(catalog["erp.invoice.similar"], {"supplier_id": "S-1001", "since": "2026-07-01"})
    assert (drafted["total"], drafted["state"]) == ("449.82", "draft")
    assert (attached["name"], attached["size_bytes"]) == ("invoice.pdf", len(PDF))
    assert posted["state"] == "posted"
    assert read == {"invoice": posted}
    assert [invoice["reference"] for invoice in similar["invoices"]] == ["INV-1"]


async def test_a_draft_is_found_by_its_key_whatever_became_of_it(catalog: Catalog) -> None:
    drafted = await call(catalog["erp.invoice.draft"], DRAFT, "d")
    assert await look(catalog["erp.invoice.draft"], DRAFT, "d") == drafted
    cancelled = await call(catalog["erp.invoice.cancel"], {"invoice_id": drafted["invoice"]["invoice_id"]}, "c")
    assert await look(catalog["erp.invoice.draft"], DRAFT, "d") == cancelled
    assert await look(catalog["erp.invoice.draft"], DRAFT, "other") is None


async def test_a_posting_is_found_only_once_it_is_posted(catalog: Catalog) -> None:
    drafted = (await call(catalog["erp.invoice.draft"], DRAFT, "same"))["invoice"]
    post = {"invoice_id": drafted["invoice_id"], "expected_total": drafted["total"], "currency": "EUR"}
    assert await look(catalog["erp.invoice.post"], post, "same") is None
    posted = await call(catalog["erp.invoice.post"], post, "same")
    assert await look(catalog["erp.invoice.post"], post, "same") == posted
    assert await look(catalog["erp.invoice.draft"], DRAFT, "same") == posted


async def test_an_attachment_and_a_cancellation_are_found(catalog: Catalog) -> None:
    invoice_id = (await call(catalog["erp.invoice.draft"], DRAFT, "d"))["invoice"]["invoice_id"]
    attach, cancel = {"invoice_id": invoice_id, "document_sha256": SHA256}, {"invoice_id": invoice_id}
    assert await look(catalog["erp.invoice.attach"], attach, "a") is None
    assert await look(catalog["erp.invoice.cancel"], cancel, "c") is None
    attached = await call(catalog["erp.invoice.attach"], attach, "a")
    cancelled = await call(catalog["erp.invoice.cancel"], cancel, "c")
    assert await look(catalog["erp.invoice.attach"], attach, "a") == attached
    assert await look(catalog["erp.invoice.cancel"], cancel, "c") == cancelled


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("erp.supplier.find", {}),
        ("erp.supplier.find", {"vat_id": " ", "name": ""}),
        ("erp.order.read", {"number": ""}),
        ("erp.order.read", {"number": "x" * 201}),
        ("erp.invoice.attach", {"invoice_id": "1", "document_sha256": "../../etc/passwd"}),
        ("erp.invoice.post", {"invoice_id": "1", "expected_total": 0.1, "currency": "EUR"}),
        ("erp.invoice.post", {"invoice_id": "1", "expected_total": "NaN", "currency": "EUR"}),
        ("erp.invoice.post", {"invoice_id": "1", "expected_total": "1e400", "currency": "EUR"}),
        ("erp.invoice.post", {"invoice_id": "1", "expected_total": "1.00", "currency": "eur"}),
        ("erp.invoice.post", {"invoice_id": "1", "expected_total": "1.00", "currency": "EUR", "iban": "DE"}),
        ("erp.invoice.draft", {**DRAFT, "lines": []}),
        ("erp.invoice.draft", {**DRAFT, "lines": DRAFT["lines"] * 2}),
        ("erp.invoice.draft", {**DRAFT, "reference": ""}),
        ("erp.supplier.bank_account.change", {"supplier_id": "1", "iban": "DE00370400440532013000"}),
        ("erp.supplier.bank_account.change", {"supplier_id": "1", "iban": "DE89370400440532013000", "replaces": "x"}),
        ("erp.supplier.create", {"name": "A", "vat_id": "DE1", "country": "Germany"}),
        ("erp.order.confirm", {"order_id": "1", "expected_total": "1", "acknowledged": [""]}),
        ("erp.receipt.book", {**RECEIPT, "lines": [{"order_line_id": "1", "quantity": "0"}]}),
        ("erp.receipt.book", {**RECEIPT, "lines": [{"order_line_id": "1", "quantity": "1"}] * 2}),
        ("erp.payment.create", {**PAYMENT, "amount": "-1"}),
        ("erp.payment.create", {**PAYMENT, "amount": 0.1}),
        ("erp.payment.create", {**PAYMENT, "iban": "DE89370400440532013000"}),
        ("erp.invoice.credit", {**CREDIT, "lines": [{"position": 0, "quantity": "1"}]}),
        ("erp.invoice.credit", {**CREDIT, "lines": [{"position": 1, "quantity": "1"}] * 2}),
    ],
)
def test_hostile_arguments_do_not_validate(catalog: Catalog, tool: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        catalog[tool].arguments.model_validate(arguments)


async def test_arguments_of_another_tool_are_refused(catalog: Catalog) -> None:
    wrong = PostArguments.model_validate({"invoice_id": "1", "expected_total": "1", "currency": "EUR"})
    with pytest.raises(Permanent) as refusal:
        await catalog["erp.invoice.cancel"].execute(wrong, key="k")
    assert refusal.value.reason == "wrong_arguments"

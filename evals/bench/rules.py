"""How many verdicts a core gives: fifty rules at one point, engine and shadow, as in any use."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from statistics import median_low

from policies.fact import FactValue
from policies.judgement import RuleBook
from policies.pack import Outcome, RulePack
from policies.packaged import rule_book

PACK = "procure_to_pay"
POINT = "everything"
RULES = 50
DAY = date(2026, 11, 28)
VIOLATED_EVERY = 5
"""Every fifth question breaks a rule."""
CLEAN: Mapping[str, FactValue] = {
    "action.tool_allowed": True,
    "model.fields_allowed": True,
    "model.case_budget_left": True,
    "model.tenant_budget_left": True,
    "document.size_bytes": 48_211,
    "document.hybrid_mismatch": False,
    "document.sha256": "9f2c",
    "document.intake_sha256": "9f2c",
    "sender.verified": True,
    "invoice.kind": "invoice",
    "invoice.number": "R-2026-118",
    "invoice.vendor": "Nordwind GmbH",
    "invoice.vendor_vat_id": "DE129273398",
    "invoice.vendor_vat_id_valid": True,
    "invoice.issue_date": "2026-10-01",
    "invoice.received_on": "2026-10-02",
    "invoice.due_date": "2026-10-31",
    "invoice.currency": "EUR",
    "invoice.total": 119_000,
    "invoice.net": 100_000,
    "invoice.tax": 19_000,
    "invoice.lines_sum": 100_000,
    "invoice.conf_number_bps": 9_900,
    "invoice.conf_issue_date_bps": 9_900,
    "invoice.conf_total_bps": 9_900,
    "invoice.conf_currency_bps": 9_900,
    "invoice.conf_vendor_bps": 9_900,
    "invoice.conf_net_bps": 9_900,
    "invoice.conf_tax_bps": 9_900,
    "duplicate.exact": False,
    "duplicate.fuzzy": False,
    "supplier.found": True,
    "supplier.id": "7",
    "supplier.blocked": False,
    "supplier.country": "DE",
    "supplier.vat_id": "DE129273398",
    "supplier.bank_changed_days": 400,
    "payee.iban_matches": True,
    "payee.iban_country": "DE",
    "payee.source": "system_of_record",
    "order.found": True,
    "order.number": "PO-118",
    "order.state": "processing",
    "order.supplier_id": "7",
    "order.currency": "EUR",
    "order.date": "2026-09-01",
    "order.open_total": 100_000,
    "match.category": "goods",
    "match.matched": True,
    "match.price_excess_bps": 0,
    "match.price_excess_minor": 0,
    "match.qty_over_receipt_milli": 0,
    "match.qty_over_order_milli": 0,
    "match.total_over_minor": 0,
    "match.total_under_minor": 0,
    "coding.complete": True,
    "amount.source": "matched_to_order",
    "approved.total": 119_000,
    "approved.supplier_id": "7",
    "erp.total": 119_000,
    "erp.currency": "EUR",
    "erp.state": "posted",
    "erp.supplier_id": "7",
    "erp.warnings": 0,
}
"""An invoice that breaks no rule of the pack, with every fact that its rules may ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesFigures:
    """Verdicts a second of processor time, and how long one takes (milliseconds of the clock)."""

    rules: int
    conditions: int
    verdicts: int
    with_findings: int
    verdicts_per_s: float
    p50_ms: float
    p99_ms: float


def fifty_rules() -> RulePack:
    """The first fifty rules of the shipped pack, all judged at one point."""
    shipped = rule_book(PACK).pack
    rules = [{**rule.model_dump(), "at": (POINT,)} for rule in shipped.rules[:RULES]]
    return RulePack.model_validate({**shipped.model_dump(), "rules": rules})


def questions(pack: RulePack) -> Iterator[dict[str, FactValue]]:
    """One for each rule: clean, and every fifth with what the rule's own table says breaks it."""
    for number, rule in enumerate(pack.rules):
        broken = next(example.given for example in rule.examples if example.expect is Outcome.FIRES)
        known = {name: value for name, value in CLEAN.items() if name not in rule.reads}
        yield {**known, **broken} if number % VIOLATED_EVERY == 0 else {**CLEAN}


def measure(verdicts: int) -> RulesFigures:
    """Judge so many times in this thread. Raises `RuntimeError` if a verdict is not what it must be."""
    pack = fifty_rules()
    book, asked = RuleBook(pack), list(questions(pack))
    findings = [judged(book, facts) for facts in asked]
    times: list[float] = []
    begun = time.process_time()
    for number in range(verdicts):
        started = time.perf_counter()
        book.judge(POINT, asked[number % len(asked)], on=DAY)
        times.append(time.perf_counter() - started)
    spent = time.process_time() - begun
    times.sort()
    return RulesFigures(
        rules=len(pack.rules),
        conditions=sum(len(rule.conditions) for rule in book.points[POINT].rules),
        verdicts=verdicts,
        with_findings=sum(findings[number % len(asked)] for number in range(verdicts)),
        verdicts_per_s=round(verdicts / spent, 1),
        p50_ms=round(times[verdicts // 2] * 1e3, 4),
        p99_ms=round(times[min(verdicts * 99 // 100, verdicts - 1)] * 1e3, 4),
    )


def medians(verdicts: int, rounds: int) -> RulesFigures:
    """The median of each figure. Raises `RuntimeError` as `measure` does."""
    found = [asdict(measure(verdicts)) for _ in range(rounds)]
    return RulesFigures(**{name: median_low([each[name] for each in found]) for name in found[0]})


def judged(book: RuleBook, facts: Mapping[str, FactValue]) -> bool:
    """Whether a rule fires. Raises `RuntimeError` where the engine is at fault or a fact is missing."""
    verdict = book.judge(POINT, facts, on=DAY)
    if verdict.engine_fault or (not verdict.findings and verdict.indeterminate):
        raise RuntimeError(f"not a fair question: {verdict.engine_fault or verdict.indeterminate}")
    return bool(verdict.findings)

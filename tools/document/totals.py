"""Net, tax, total and amount due of a printed invoice: labels propose, arithmetic decides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import product
from typing import Final, NamedTuple

from tools.document.amounts import CENT, decimal_mark, printed_amounts, two_places
from tools.document.anchors import MAX_STRENGTH, Candidate, Span, anchored
from tools.document.labels import AMOUNT_DUE, NET_TOTAL, PREPAID, TAX_TOTAL, TOTAL
from tools.document.layout import Layout
from tools.document.signals import Signals, of_candidates

_KEPT = 6
_ARITHMETIC_BONUS: Final = 3.5
_MAX_TAX_SHARE = Decimal("0.35")
_UNLABELLED = 0.4
FAILED_ARITHMETIC_CAP: Final = 0.5
AMBIGUOUS_AMOUNT_CAP: Final = 0.4
_MONEY_SIGN = re.compile(r"[€$£¥₹]|\b(?:EUR|USD|GBP|CHF|INR|PLN)\b")


class Chosen(NamedTuple):
    """An amount, how sure it is, and what speaks for it."""

    candidate: Candidate
    confidence: float
    signals: Signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The chosen amounts. `adds_up` is None where one of the three is missing; `ambiguous` names the amounts
    whose one separator may part thousands or decimals.
    """

    chosen: dict[str, Chosen]
    adds_up: bool | None
    ambiguous: tuple[str, ...] = ()


def money(text: str) -> Iterator[Span]:
    """Amounts of money in `text`: two decimals, or a currency sign beside a whole number."""
    for found in printed_amounts(text):
        beside = text[max(0, found.start - 4) : found.end + 4]
        if found.places == 2 or (found.places == 0 and _MONEY_SIGN.search(beside)):
            yield Span(two_places(found.value), found.start, found.end)


def find_totals(layout: Layout) -> Totals:
    """The amounts of `layout`, those that fit together before those that merely have a good label."""
    labelled = {
        "net_total": _best(anchored(layout, NET_TOTAL, money, whole_row=True)),
        "tax_total": _best(_with_sum(anchored(layout, TAX_TOTAL, money, whole_row=True))),
        "total": _best(anchored(layout, TOTAL, money, whole_row=True)),
        "amount_due": _best(anchored(layout, AMOUNT_DUE, money, whole_row=True)),
    }
    if not labelled["total"]:
        labelled["total"] = [replace(found, score=found.score * 0.7) for found in labelled["amount_due"]]
    _add_unlabelled(layout, labelled)
    net, tax, total = _solve(labelled)
    chosen = {name: found for name, found in (("net_total", net), ("tax_total", tax), ("total", total)) if found}
    adds_up = _adds_up(net, tax, total)
    rated = {
        name: Chosen(found, _confidence(found, adds_up=adds_up), _signals(found, labelled[name]))
        for name, found in chosen.items()
    }
    due = _amount_due(layout, labelled["amount_due"], rated.get("total"))
    if due is not None:
        rated["amount_due"] = due
    unsettled = _unsettled(layout)
    ambiguous = tuple(name for name, one in rated.items() if one.candidate.value in unsettled)
    for name in ambiguous:
        rated[name] = rated[name]._replace(confidence=min(rated[name].confidence, AMBIGUOUS_AMOUNT_CAP))
    return Totals(chosen=rated, adds_up=adds_up, ambiguous=ambiguous)


def _signals(found: Candidate, candidates: list[Candidate]) -> Signals:
    return of_candidates([found, *(other for other in candidates if other.score <= found.score)])


def _unsettled(layout: Layout) -> frozenset[str]:
    """Amounts like `1.234` on a document where no other amount tells which mark parts the decimals."""
    texts = [cell.text for cell in layout.cells]
    if decimal_mark(texts) is not None:
        return frozenset()
    found = (one for text in texts for one in printed_amounts(text) if one.ambiguous)
    return frozenset(two_places(one.value) for one in found)


def _best(candidates: list[Candidate]) -> list[Candidate]:
    """The strongest candidate of each distinct value, later rows first among equals."""
    by_value: dict[str, Candidate] = {}
    for candidate in sorted(candidates, key=lambda found: (-found.score, -found.row)):
        by_value.setdefault(candidate.value, candidate)
    return list(by_value.values())[:_KEPT]


def _with_sum(taxes: list[Candidate]) -> list[Candidate]:
    """`taxes`, and their sum where several rows (one a rate) carry one."""
    rows: dict[int, Candidate] = {}
    for tax in taxes:
        rows.setdefault(tax.row, tax)
    if len(rows) < 2:
        return taxes
    last = max(rows.values(), key=lambda tax: tax.row)
    summed = two_places(sum((Decimal(tax.value) for tax in rows.values()), Decimal(0)))
    return [*taxes, replace(last, value=summed, score=1.5)]


def _add_unlabelled(layout: Layout, labelled: dict[str, list[Candidate]]) -> None:
    """Add printed amounts that two labelled ones imply, so that a missing label costs no field."""
    printed: dict[Decimal, Candidate] = {}
    for cell in layout.cells:
        for span in money(cell.text):
            printed[Decimal(span.value)] = Candidate(
                value=span.value,
                score=_UNLABELLED,
                page=cell.page,
                box=cell.box_of(span.start, span.end),
                row=cell.row,
            )
    nets, taxes, totals = (
        [Decimal(found.value) for found in labelled[name]] for name in ("net_total", "tax_total", "total")
    )
    implied = {
        "net_total": {total - tax for total in totals for tax in taxes},
        "tax_total": {total - net for total in totals for net in nets if total > net},
        "total": {net + tax for net in nets for tax in taxes},
    }
    for name, values in implied.items():
        known = {Decimal(found.value) for found in labelled[name]}
        labelled[name].extend(printed[value] for value in values - known if value in printed)


def _solve(labelled: dict[str, list[Candidate]]) -> tuple[Candidate | None, Candidate | None, Candidate | None]:
    nets, taxes, totals = ([*labelled[name][: 2 * _KEPT], None] for name in ("net_total", "tax_total", "total"))
    return max(product(nets, taxes, totals), key=lambda trio: _worth(*trio))


def _worth(net: Candidate | None, tax: Candidate | None, total: Candidate | None) -> float:
    worth = sum(found.score for found in (net, tax, total) if found is not None)
    if _adds_up(net, tax, total):
        return worth + _ARITHMETIC_BONUS
    if net and total and abs(Decimal(net.value)) > abs(Decimal(total.value)):
        worth -= 2
    if tax and total and abs(Decimal(tax.value)) > _MAX_TAX_SHARE * abs(Decimal(total.value)):
        worth -= 2
    return worth


def _adds_up(net: Candidate | None, tax: Candidate | None, total: Candidate | None) -> bool | None:
    if net is None or tax is None or total is None:
        return None
    plausible = abs(Decimal(tax.value)) <= _MAX_TAX_SHARE * abs(Decimal(net.value))
    return plausible and abs(Decimal(net.value) + Decimal(tax.value) - Decimal(total.value)) < CENT


def _confidence(found: Candidate, *, adds_up: bool | None) -> float:
    strength = min(found.score / MAX_STRENGTH, 1.0)
    if adds_up:
        return 0.82 + 0.14 * strength
    if adds_up is False:
        return min(FAILED_ARITHMETIC_CAP, 0.3 + 0.2 * strength)
    return 0.35 + 0.45 * strength


def _amount_due(layout: Layout, labelled: list[Candidate], total: Chosen | None) -> Chosen | None:
    """The labelled amount due; else the total, less surely where the page speaks of prepayments."""
    if labelled:
        best = labelled[0]
        confidence = 0.4 + 0.5 * min(best.score / MAX_STRENGTH, 1.0)
        if total is not None and total.candidate.value == best.value:
            return Chosen(best, max(confidence, total.confidence), of_candidates(labelled))
        return Chosen(best, min(confidence, 0.8), of_candidates(labelled))
    if total is None:
        return None
    doubt = 0.5 if PREPAID.search(layout.text) else 0.9
    return total._replace(confidence=total.confidence * doubt)

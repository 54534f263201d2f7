"""Promotions: the only ways in which an untrusted value becomes a trusted one. Each has a name."""

from __future__ import annotations

from collections.abc import Mapping

from policies.approval import Outstanding
from policies.fact import Fact, Integrity, Source, SourceKind
from policies.protected import APPROVAL, MATCHED_TO_ORDER
from policies.verdict import Verdict, VerdictKind

MATCH_POINT = "match"
GOODS = "goods"


def matched_to_order(
    amount: Fact, *, order: Mapping[str, Fact], receipt: Mapping[str, Fact], verdict: Verdict
) -> Fact | None:
    """The document's amount as a trusted fact, or None.

    It is promoted when the match verdict is a plain `allow` about this very amount, every line
    belongs to the order, and order and (for goods) receipt were read from the system of record.
    """
    judged = verdict.facts
    allowed = verdict.point == MATCH_POINT and verdict.kind is VerdictKind.ALLOW
    same = type(amount.value) is int and judged.get("invoice.total") == amount.value
    matched = judged.get("order.found") is True and judged.get("match.matched") is True
    if not (allowed and same and matched and _of_record(order)):
        return None
    if judged.get("match.category") == GOODS and not _of_record(receipt):
        return None
    return _promoted(amount, Source(kind=SourceKind.DERIVED, ref=MATCHED_TO_ORDER))


def approved_by_person(amount: Fact, *, digest: str, outstanding: Outstanding) -> Fact | None:
    """The amount as a trusted fact bound to the approval of `digest`, or None while something is open."""
    if not outstanding.settled or not digest or type(amount.value) is not int:
        return None
    return _promoted(amount, Source(kind=SourceKind.PERSON, ref=f"{APPROVAL}{digest}"))


def _of_record(facts: Mapping[str, Fact]) -> bool:
    """Whether there are facts, and all are known, trusted and from the system of record."""
    return bool(facts) and all(
        fact.value is not None
        and fact.integrity is Integrity.TRUSTED
        and fact.source.kind is SourceKind.SYSTEM_OF_RECORD
        for fact in facts.values()
    )


def _promoted(fact: Fact, source: Source) -> Fact:
    return fact.model_copy(update={"source": source, "integrity": Integrity.TRUSTED})

"""Small rule packs and facts for the tests of policies."""

from datetime import date
from typing import Any

from policies.fact import Fact, FactValue, Integrity, Source, SourceKind
from policies.pack import RulePack
from policies.verdict import Verdict, VerdictKind

TODAY = date(2026, 11, 22)
TYPES = {
    "a.total": "money",
    "b.total": "money",
    "a.count": "int",
    "a.on": "date",
    "b.on": "date",
    "a.name": "str",
    "b.name": "str",
    "a.flag": "bool",
}


def rule(when: str, **changes: Any) -> dict[str, Any]:
    """A rule as data; its examples are not meant to hold."""
    return {
        "id": "R-01",
        "at": ["check"],
        "title": "A rule",
        "severity": "review",
        "when": when,
        "message": "It fired.",
        "source": {"regulation": "Law", "clause": "1"},
        "examples": [{"expect": "fires", "given": {}}, {"expect": "passes", "given": {}}],
    } | changes


def pack_data(*rules: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A rule pack as data, over the fields of `TYPES` and the parameter `limit` (3)."""
    return {
        "pack": "sample",
        "version": "1",
        "parameters": {"limit": {"type": "int", "value": 3, "description": "a limit"}},
        "fields": {name: {"type": kind, "description": name} for name, kind in TYPES.items()},
        "rules": list(rules),
    } | changes


def pack(*rules: dict[str, Any], **changes: Any) -> RulePack:
    return RulePack.model_validate(pack_data(*rules, **changes))


def numbered(*conditions: str) -> list[dict[str, Any]]:
    """One rule for each condition: R-00, R-01, …"""
    return [rule(when, id=f"R-{number:02d}") for number, when in enumerate(conditions)]


def verdict(kind: VerdictKind = VerdictKind.ALLOW, **changes: Any) -> Verdict:
    sample = Verdict(
        kind=kind, point="draft", pack="sample", pack_version="1", pack_digest="0", facts={}, judged_on="2026-11-22"
    )
    return sample.model_copy(update=changes)


def fact(value: FactValue, kind: SourceKind, *, ref: str = "somewhere", trusted: bool = False) -> Fact:
    integrity = Integrity.TRUSTED if trusted else Integrity.UNTRUSTED
    return Fact(value=value, confidence=1, source=Source(kind=kind, ref=ref), integrity=integrity)

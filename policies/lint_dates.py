"""Versions of one rule over time: whether days are left without it, or have it twice.

Rules are versions of one another when their ids differ only by an ending `-V2`, `-V3`, …; an id without one is the
first version.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby, pairwise

from policies.lint_finding import LintCode, LintFinding, Weight
from policies.pack import Rule, RulePack

VERSION = re.compile(r"[-_]V[0-9]+$")
DAY = timedelta(days=1)


def series_of(rule: Rule) -> str:
    """The id that all versions of the rule share."""
    return VERSION.sub("", rule.id)


def date_findings(pack: RulePack) -> Iterator[LintFinding]:
    """Gaps and overlaps between the versions of each rule, point by point."""
    for point in pack.points:
        ordered = sorted(pack.rules_at(point), key=lambda rule: (series_of(rule), rule.effective_from))
        for _, versions in groupby(ordered, key=series_of):
            yield from _between(list(versions), point)


def _between(versions: Sequence[Rule], point: str) -> Iterator[LintFinding]:
    for earlier, later in pairwise(versions):
        rules = (earlier.id, later.id)
        end = earlier.effective_to
        if end is None or end >= later.effective_from:
            days = _days(later.effective_from, min(end or date.max, later.effective_to or date.max))
            why = f"both versions are in force {days} at {point}"
            yield LintFinding(code=LintCode.DATE_OVERLAP, weight=Weight.ERROR, rules=rules, why=why)
        elif end + DAY < later.effective_from:
            why = f"no version is in force {_days(end + DAY, later.effective_from - DAY)} at {point}"
            yield LintFinding(code=LintCode.DATE_GAP, weight=Weight.ERROR, rules=rules, why=why)


def _days(first: date, last: date) -> str:
    if first == last:
        return f"on {first}"
    return f"from {first} on" if last == date.max else f"from {first} to {last}"

"""The sums of a replay, verdict by verdict. Pure: it reads nothing and knows no clock."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import Any

from graphs.replay_report import (
    FLIPS_LISTED,
    NO_CURRENCY,
    Change,
    Flip,
    Recomputed,
    UnknownInput,
    Wait,
)
from graphs.store.verdict_log import JudgedEntry, PastWait
from policies.approval import FOUR_EYES
from policies.field import FieldType
from policies.names import PointNames
from policies.pack import RulePack
from policies.verdict import Severity

BLOCKED, REVIEWED, ALLOWED = "newly_blocked", "newly_reviewed", "newly_allowed"
CHANGES = {"deny": BLOCKED, "review": REVIEWED, "allow": ALLOWED}
DIFFERENT_LISTED = 20

Json = Mapping[str, Any]
DenyAsks = Callable[[JudgedEntry], bool]
"""Whether a person is asked when the rules deny at that entry's step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncertain:
    """A rule that needs facts which were not recorded."""

    severity: Severity
    missing: tuple[str, ...]


@dataclass(slots=True)
class _Amount:
    rank: int
    field: str
    currency: str
    minor: int


@dataclass(slots=True, kw_only=True)
class Tally:
    """Adds up what changes between the active rules and `pack`."""

    pack: RulePack
    deny_asks: DenyAsks
    verdicts: int = 0
    erased: int = 0
    recorded_faults: int = 0
    new_faults: int = 0
    first_fault: str | None = None
    identical: int = 0
    text_missing: int = 0
    different: list[int] = field(default_factory=list)
    flips: list[Flip] = field(default_factory=list)
    _cases: set[str] = field(default_factory=set)
    _days: set[date] = field(default_factory=set)
    _changed: Counter[str] = field(default_factory=Counter)
    _changed_cases: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in CHANGES.values()})
    _unknown: int = 0
    _unknown_cases: set[str] = field(default_factory=set)
    _unknown_fields: Counter[str] = field(default_factory=Counter)
    _people: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    _amounts: dict[str, _Amount] = field(default_factory=dict)
    _money: list[tuple[str, str | None]] = field(init=False)
    _uncertain: Callable[[str, frozenset[str], date], Mapping[str, Uncertain]] = field(init=False)

    def __post_init__(self) -> None:
        """The pack's money fields, in its order, with their currencies."""
        self._money = [(name, item.currency) for name, item in self.pack.fields.items() if item.type is FieldType.MONEY]
        self._uncertain = lru_cache(maxsize=4096)(self._rules_without)

    def add(self, entry: JudgedEntry, before: Json, after: Json) -> None:
        """A verdict by the active rules, and by the new ones on the same recorded facts."""
        self.verdicts += 1
        self._cases.add(entry.case_id)
        day = date.fromisoformat(before["judged_on"])
        self._days.add(day)
        self._note_amount(entry.case_id, before["facts"])
        if after["engine_fault"] is not None:
            self.new_faults += 1
            self.first_fault = self.first_fault or f"entry {entry.seq} at {after['point']}: {after['engine_fault']}"
        uncertain = self._uncertain(before["point"], frozenset(before["facts"]), day)
        kind = certain_kind(after, uncertain)
        if kind is None:
            self._unknown += 1
            self._unknown_cases.add(entry.case_id)
            self._unknown_fields.update({name for rule in uncertain.values() for name in rule.missing})
            return
        self._note_people(entry, before, after, kind)
        if kind != before["kind"]:
            self._note_flip(entry, before, after, kind)

    def compare(self, entry: JudgedEntry, recorded: bytes, again: bytes) -> None:
        """A verdict as it was recorded, and as the same rules give it now."""
        if recorded == again:
            self.identical += 1
        else:
            self.different.append(entry.seq)

    def _rules_without(self, point: str, recorded: frozenset[str], day: date) -> Mapping[str, Uncertain]:
        """Rules in force that need facts which were not recorded, also behind derived columns and tables."""
        names, known = PointNames(self.pack, point), self.pack.factual.keys()
        found = {
            rule.id: Uncertain(severity=rule.severity, missing=tuple(sorted((names.reads(rule) & known) - recorded)))
            for rule in self.pack.rules_at(point)
            if rule.effective(day)
        }
        return {name: rule for name, rule in found.items() if rule.missing}

    def _note_flip(self, entry: JudgedEntry, before: Json, after: Json, kind: str) -> None:
        change = CHANGES[kind]
        self._changed[change] += 1
        self._changed_cases[change].add(entry.case_id)
        if len(self.flips) < FLIPS_LISTED:
            flip = Flip(
                seq=entry.seq,
                case=entry.case_id,
                step=entry.step,
                point=before["point"],
                kind=change,
                before=before["kind"],
                after=kind,
                rules_before=deciding(before),
                rules_after=deciding(after),
            )
            self.flips.append(flip)

    def _note_people(self, entry: JudgedEntry, before: Json, after: Json, kind: str) -> None:
        """How many people are asked at a step of a case: the most that any of its verdicts asks for."""
        if before["point"] == "read":
            return
        deny = self.deny_asks(entry)
        now = people(before, before["kind"], deny_asks=deny), people(after, kind, deny_asks=deny)
        place = entry.case_id, entry.step
        known = self._people.get(place, (0, 0))
        self._people[place] = max(known[0], now[0]), max(known[1], now[1])

    def _note_amount(self, case_id: str, facts: Json) -> None:
        known = self._amounts.get(case_id)
        for rank, (name, currency) in enumerate(self._money):
            if known is not None and rank > known.rank:
                return
            if facts.get(name) is not None:
                found = str(facts.get(currency) or NO_CURRENCY) if currency else NO_CURRENCY
                amount = _Amount(rank=rank, field=name, currency=found, minor=abs(int(facts[name])))
                self._amounts[case_id] = amount
                return

    def change(self, kind: str) -> Change:
        """The sums of one kind of flip."""
        cases = self._changed_cases[kind]
        return Change(verdicts=self._changed[kind], cases=len(cases), money=self._sum(cases))

    def _sum(self, cases: Iterable[str]) -> dict[str, int]:
        total: Counter[str] = Counter()
        for case_id in cases:
            if (amount := self._amounts.get(case_id)) is not None:
                total[amount.currency] += amount.minor
        return dict(sorted(total.items()))

    @property
    def cases(self) -> int:
        """How many cases the verdicts belong to."""
        return len(self._cases)

    @property
    def amounts_from(self) -> dict[str, int]:
        """Changed cases by the field their amount was taken from."""
        changed = set[str]().union(*self._changed_cases.values())
        return dict(Counter(self._amounts[case_id].field for case_id in sorted(changed) if case_id in self._amounts))

    @property
    def unknown_input(self) -> UnknownInput:
        """What the new rules would have to know and was not recorded."""
        fields = dict(sorted(self._unknown_fields.items()))
        return UnknownInput(verdicts=self._unknown, cases=len(self._unknown_cases), fields=fields)

    @property
    def recomputed(self) -> Recomputed:
        """How verdicts came out that were judged again by their own rules."""
        return Recomputed(
            identical=self.identical,
            different=len(self.different),
            text_missing=self.text_missing,
            first_different=tuple(self.different[:DIFFERENT_LISTED]),
        )

    @property
    def tasks(self) -> tuple[int, int]:
        """Tasks more and tasks less than by the active rules."""
        changes = [after - before for before, after in self._people.values()]
        return sum(n for n in changes if n > 0), -sum(n for n in changes if n < 0)

    def waits(self, past: Mapping[str, PastWait], review_of: Callable[[str], str | None]) -> tuple[Wait, ...]:
        """Cases that would have waited, by review step; `review_of` names a judged step's review step."""
        more: dict[str, set[str]] = {}
        for (case_id, step), (before, after) in self._people.items():
            if after > before:
                more.setdefault(review_of(step) or step, set()).add(case_id)
        return tuple(_wait(step, len(cases), past.get(step)) for step, cases in sorted(more.items()))

    @property
    def never_in_force(self) -> tuple[str, ...]:
        """Rules that no replayed day saw in force."""
        return tuple(rule.id for rule in self.pack.rules if not any(rule.effective(day) for day in self._days))


def _wait(step: str, cases: int, past: PastWait | None) -> Wait:
    seconds = round(past.median.total_seconds()) if past else None
    return Wait(step=step, cases=cases, past_tasks=past.tasks if past else 0, median_seconds=seconds)


def deciding(verdict: Json) -> tuple[str, ...]:
    """Rules that kept the verdict from being an allow."""
    findings = [finding["rule"] for finding in verdict["findings"] if finding["severity"] != Severity.WARN.value]
    unknown = [item["rule"] for item in verdict["indeterminate"]]
    return (*findings, *unknown, *(("engine",) if verdict["engine_fault"] else ()))


def people(verdict: Json, kind: str, *, deny_asks: bool) -> int:
    """How many people such a verdict asks."""
    if kind == "allow" or (kind == "deny" and not deny_asks):
        return 0
    return 2 if FOUR_EYES in verdict["obligations"] and FOUR_EYES not in verdict["met"] and kind == "review" else 1


def certain_kind(verdict: Json, uncertain: Mapping[str, Uncertain]) -> str | None:
    """The verdict's kind, whatever the rules say whose facts were not recorded; None where that depends on them.

    A block of a rule that saw all its facts stands, and a warning never decides.
    """
    if not uncertain or verdict["engine_fault"] is not None:
        return str(verdict["kind"])
    severities = {f["severity"] for f in verdict["findings"] if f["rule"] not in uncertain}
    if Severity.BLOCK.value in severities:
        return "deny"
    if any(rule.severity is not Severity.WARN for rule in uncertain.values()):
        return None
    undecided = any(item["rule"] not in uncertain for item in verdict["indeterminate"])
    unmet = set(verdict["obligations"]) - set(verdict["met"])
    return "review" if Severity.REVIEW.value in severities or undecided or unmet else "allow"

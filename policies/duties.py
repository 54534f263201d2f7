"""Segregation of duties: what one person must not do together, in one case and over time.

A duty is named by whoever declares it (`vendor.bank_changed`); an act is one doing of it, to a subject. Rules say which
duties are toxic together and when amounts look split. An act counts for whoever did it and for whoever it was done for:
an agent's sponsor, everybody in whose place a delegate answered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from policies.authority import Currency, Minor
from policies.field import DottedName

Days = Annotated[int, Field(ge=0, strict=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyAct:
    """`who` did the duty `did` to the subject `to` (`vendor:V1`, `case:…`); `also` are people it counts for too.

    `asked_by` is who requested it; `amount_minor` what it is worth in `currency`, None where no money is meant. Acts
    that are about one matter (`of`, such as a case) count once in a sum.
    """

    id: str
    who: str
    did: str
    to: str
    at: datetime
    also: frozenset[str] = frozenset()
    asked_by: str | None = None
    of: str | None = None
    amount_minor: int | None = None
    currency: str | None = None

    @property
    def matter(self) -> str:
        """What it is about; an act that does not say is about itself."""
        return self.id if self.of is None else self.of

    @property
    def people(self) -> frozenset[str]:
        """Everybody the act counts for."""
        return self.also | {self.who}


class ToxicPair(BaseModel):
    """Two duties that nobody may do to one subject, in either order, `within_days` of each other (None: ever)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    first: DottedName
    second: DottedName
    within_days: Days | None = None
    regulation: Annotated[str, Field(min_length=1)]
    clause: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _check_two(self) -> Self:
        if self.first == self.second:
            raise ValueError("a pair is of two different duties")
        return self

    def partner(self, duty: str) -> str | None:
        """The other duty of the pair; None where this one is not of it."""
        return {self.first: self.second, self.second: self.first}.get(duty)


class Splitting(BaseModel):
    """`count` acts within `within_days`, each at least `just_under_bps` of a limit and none over it, but their sum is.

    They are of the same subject or of the same requester. Shares are in hundredths of a percent. The limit is that of
    who answers; `limits` are amounts by currency, in minor units, up to which nobody would be asked otherwise.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    title: Annotated[str, Field(min_length=1)]
    duty: DottedName
    same: Literal["subject", "requester"]
    just_under_bps: Annotated[int, Field(ge=1, le=10_000, strict=True)]
    count: Annotated[int, Field(ge=2, strict=True)]
    within_days: Days
    limits: dict[Currency, Minor] = Field(default_factory=dict)
    regulation: Annotated[str, Field(min_length=1)]
    clause: Annotated[str, Field(min_length=1)]

    def group(self, act: DutyAct) -> str | None:
        """What acts must have in common; None where it is not known."""
        return act.to if self.same == "subject" else act.asked_by

    def is_near(self, act: DutyAct, *, limit_minor: int, currency: str) -> bool:
        """Whether the act is of this duty and just under the limit."""
        if act.did != self.duty or act.amount_minor is None or act.currency != currency:
            return False
        worth = abs(act.amount_minor)
        return worth <= limit_minor and worth * 10_000 >= limit_minor * self.just_under_bps


class DutyRules(BaseModel):
    """What is toxic together and what is splitting; ids are unique."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    duties: Annotated[str, Field(min_length=1)]
    version: Annotated[str, Field(min_length=1)]
    pairs: tuple[ToxicPair, ...] = ()
    splits: tuple[Splitting, ...] = ()

    @model_validator(mode="after")
    def _check_ids(self) -> Self:
        ids = [pair.id for pair in self.pairs] + [split.id for split in self.splits]
        twice = sorted({rule for rule in ids if ids.count(rule) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)}: two rules have one id")
        return self

    def partners(self, duty: str) -> frozenset[str]:
        """The duties that matter beside this one: toxic with it, or added up with it."""
        toxic = {partner for pair in self.pairs if (partner := pair.partner(duty)) is not None}
        return frozenset(toxic | {split.duty for split in self.splits if split.duty == duty})

    def unasked(self, duty: str) -> tuple[Splitting, ...]:
        """The rules that add up acts of this duty which nobody would be asked about."""
        return tuple(split for split in self.splits if split.duty == duty and split.limits)

    def days_back(self, duty: str) -> int | None:
        """How many days back an act of this duty is to be looked at beside others; None: all."""
        windows = [pair.within_days for pair in self.pairs if pair.partner(duty) is not None]
        windows += [split.within_days for split in self.splits if split.duty == duty]
        return None if None in windows else max((days for days in windows if days is not None), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToxicFound:
    """Two acts that count for the same people; `source` is regulation and clause."""

    rule: str
    title: str
    people: tuple[str, ...]
    earlier: DutyAct
    later: DutyAct
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitFound:
    """Acts just under a limit whose sum is over it; the last of `acts` is the one that completed it."""

    rule: str
    title: str
    common: str
    acts: tuple[DutyAct, ...]
    sum_minor: int
    limit_minor: int
    currency: str
    source: str


def days_between(one: DutyAct, two: DutyAct) -> int:
    """Calendar days from one act to the other, whichever came first."""
    return abs((one.at.date() - two.at.date()).days)


def toxic_with(rules: DutyRules, act: DutyAct, others: Iterable[DutyAct]) -> tuple[ToxicFound, ...]:
    """What is wrong with doing `act`, given that `others` were done; oldest first."""
    found = [
        _toxic(pair, act, other)
        for pair in rules.pairs
        if pair.partner(act.did) is not None
        for other in others
        if other.id != act.id and other.to == act.to and other.did == pair.partner(act.did)
        if act.people & other.people and (pair.within_days is None or days_between(act, other) <= pair.within_days)
    ]
    return tuple(sorted(found, key=lambda finding: (finding.earlier.at, finding.earlier.id, finding.rule)))


def _toxic(pair: ToxicPair, act: DutyAct, other: DutyAct) -> ToxicFound:
    earlier, later = sorted((act, other), key=_when)
    return ToxicFound(
        rule=pair.id,
        title=pair.title,
        people=tuple(sorted(act.people & other.people)),
        earlier=earlier,
        later=later,
        source=f"{pair.regulation}, {pair.clause}",
    )


def _when(act: DutyAct) -> tuple[datetime, str]:
    return (act.at, act.id)


def toxic_in(rules: DutyRules, acts: Iterable[DutyAct]) -> tuple[ToxicFound, ...]:
    """Everything toxic in a history, each pair of acts once a rule."""
    by_subject: dict[str, list[DutyAct]] = defaultdict(list)
    found: list[ToxicFound] = []
    for act in sorted(acts, key=_when):
        found += toxic_with(rules, act, by_subject[act.to])
        by_subject[act.to].append(act)
    return tuple(found)


def split_by(
    rule: Splitting, act: DutyAct, others: Iterable[DutyAct], *, limit_minor: int, currency: str
) -> SplitFound | None:
    """The split that `act` completes, given the `others` that were done before it; None if it completes none."""
    common = rule.group(act)
    if common is None or not rule.is_near(act, limit_minor=limit_minor, currency=currency):
        return None
    near: dict[str, DutyAct] = {}
    for other in sorted(others, key=lambda item: (abs(item.amount_minor or 0), _when(item))):
        before = _when(other) < _when(act) and days_between(act, other) <= rule.within_days
        added = other.matter != act.matter and rule.group(other) == common
        if before and added and rule.is_near(other, limit_minor=limit_minor, currency=currency):
            near[other.matter] = other
    acts = (*sorted(near.values(), key=_when), act)
    total = sum(abs(item.amount_minor or 0) for item in acts)
    if len(acts) < rule.count or total <= limit_minor:
        return None
    return SplitFound(
        rule=rule.id,
        title=rule.title,
        common=common,
        acts=acts,
        sum_minor=total,
        limit_minor=limit_minor,
        currency=currency,
        source=f"{rule.regulation}, {rule.clause}",
    )


def splits_in(rule: Splitting, acts: Sequence[DutyAct], *, limit_minor: int, currency: str) -> tuple[SplitFound, ...]:
    """Every act of a history that completes a split, with the acts it completes it with."""
    groups: dict[str, list[DutyAct]] = defaultdict(list)
    for act in sorted(acts, key=_when):
        common = rule.group(act)
        if common is not None and rule.is_near(act, limit_minor=limit_minor, currency=currency):
            groups[common].append(act)
    found = (
        split_by(rule, act, group[:place], limit_minor=limit_minor, currency=currency)
        for group in groups.values()
        for place, act in enumerate(group)
    )
    return tuple(split for split in found if split is not None)

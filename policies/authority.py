"""The authority matrix: up to which amount a person may decide, in whose place, and for which part of the company."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import combinations, pairwise
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Minor = Annotated[int, Field(ge=0, strict=True)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Name = Annotated[str, Field(min_length=1, max_length=80)]
ANY = "any"
"""An entity: the row holds for every company and cost centre, also for one that is not known."""


class Authority(BaseModel):
    """One row: a role may decide on this kind of matter up to `limit_minor`, between these days.

    `entity` is a company or cost centre, or `any`. It has no default: who means all of them says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Name
    matter: Name
    entity: Name
    currency: Currency
    limit_minor: Minor
    effective_from: date
    effective_to: date | None = None

    @model_validator(mode="after")
    def _check_dates(self) -> Self:
        if self.effective_to is not None and self.effective_to < self.effective_from:
            raise ValueError("effective_to is before effective_from")
        return self

    @property
    def question(self) -> tuple[str, str, str, str]:
        """What the row answers: role, matter, entity, currency."""
        return (self.role, self.matter, self.entity, self.currency)

    def in_force(self, on: date) -> bool:
        """Whether the row holds on this day; both of its days are included."""
        return self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)

    def covers(self, *, roles: frozenset[str], matter: str, currency: str, entity: str | None, on: date) -> bool:
        """Whether the row speaks about this matter, for one of these roles, on this day."""
        here = self.entity in (ANY, entity)
        return here and self.in_force(on) and self.role in roles and (self.matter, self.currency) == (matter, currency)

    def overlaps(self, other: Authority) -> bool:
        """Whether both answer the same question for some day."""
        ends = (self.effective_to or date.max, other.effective_to or date.max)
        return self.question == other.question and max(self.effective_from, other.effective_from) <= min(ends)


class AuthorityMatrix(BaseModel):
    """Role × matter × entity × amount, with dates. No two rows may answer one question for the same day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: tuple[Authority, ...] = ()

    @model_validator(mode="after")
    def _check_rows(self) -> Self:
        for (one, first), (two, second) in combinations(enumerate(self.rows), 2):
            if first.overlaps(second):
                raise ValueError(f"rows {one + 1} and {two + 1} both say what {' / '.join(first.question)} may decide")
        return self


class Delegation(BaseModel):
    """`giver` lets `receiver` answer in their place, at most up to `cap_minor` of `currency`, between these days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    giver: str
    receiver: str
    cap_minor: Minor | None = None
    currency: Currency | None = None
    effective_from: date
    effective_to: date

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.giver == self.receiver:
            raise ValueError("nobody answers in their own place")
        if (self.cap_minor is None) != (self.currency is None):
            raise ValueError("a cap needs its currency, and a currency its cap")
        if self.effective_to < self.effective_from:
            raise ValueError("effective_to is before effective_from")
        return self

    def in_force(self, on: date) -> bool:
        """Whether it holds on this day; both of its days are included."""
        return self.effective_from <= on <= self.effective_to


def limit_of(
    matrix: Iterable[Authority], *, roles: Iterable[str], matter: str, currency: str, entity: str | None, on: date
) -> int | None:
    """The highest limit these roles give, in minor units; None when they give none.

    Amounts in another currency are not converted, and an entity that is not known is nobody's but of rows for `any`:
    without a row there is no authority.
    """
    held = frozenset(roles)
    rows = (row for row in matrix if row.covers(roles=held, matter=matter, currency=currency, entity=entity, on=on))
    return max((row.limit_minor for row in rows), default=None)


def limit_through(
    delegation: Delegation, *, giver_limit: int | None, receiver_limit: int | None, currency: str, on: date
) -> int | None:
    """The receiver's limit when they answer in the giver's place.

    A delegation moves the task, never the authority: the lowest of both people's limits and the cap
    binds, and where one has none there is none. A cap in another currency is no authority in this one.
    """
    if giver_limit is None or receiver_limit is None or not delegation.in_force(on):
        return None
    if delegation.cap_minor is None:
        return min(giver_limit, receiver_limit)
    return min(giver_limit, receiver_limit, delegation.cap_minor) if delegation.currency == currency else None


def limit_along(
    chain: Sequence[Delegation], *, limits: Mapping[str, int | None], currency: str, on: date
) -> int | None:
    """The limit of the last receiver of a chain of delegations; `limits` are everybody's own. Of no chain, None."""
    if not chain or any(one.receiver != two.giver for one, two in pairwise(chain)):
        return None
    limit = limits.get(chain[0].giver)
    for delegation in chain:
        own = limits.get(delegation.receiver)
        limit = limit_through(delegation, giver_limit=limit, receiver_limit=own, currency=currency, on=on)
    return limit


def chain_between(
    delegations: Iterable[Delegation], *, giver: str, receiver: str, on: date
) -> tuple[Delegation, ...] | None:
    """The shortest chain in force by which `receiver` may answer in `giver`'s place; None without one."""
    in_force = [delegation for delegation in delegations if delegation.in_force(on)]
    reached = {giver}
    ways: list[tuple[tuple[Delegation, ...], str]] = [((), giver)] if giver != receiver else []
    while ways:
        longer: list[tuple[tuple[Delegation, ...], str]] = []
        for way, last in ways:
            for step in in_force:
                if step.giver != last or step.receiver in reached:
                    continue
                if step.receiver == receiver:
                    return (*way, step)
                reached.add(step.receiver)
                longer.append(((*way, step), step.receiver))
        ways = longer
    return None

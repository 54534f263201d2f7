"""The authority matrix: up to which amount a person may decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Minor = Annotated[int, Field(ge=0, strict=True)]


class Authority(BaseModel):
    """One row: a role may decide on this kind of matter up to `limit_minor`, between these days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    matter: str
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    limit_minor: Minor
    effective_from: date
    effective_to: date | None = None

    def covers(self, *, roles: frozenset[str], matter: str, currency: str, on: date) -> bool:
        """Whether the row speaks about this matter, for one of these roles, on this day."""
        in_force = self.effective_from <= on and (self.effective_to is None or on <= self.effective_to)
        return in_force and self.role in roles and (self.matter, self.currency) == (matter, currency)


class Delegation(BaseModel):
    """`giver` lets `receiver` answer in their place, at most up to `cap_minor`, between these days."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    giver: str
    receiver: str
    cap_minor: Minor | None = None
    effective_from: date
    effective_to: date


def limit_of(matrix: Iterable[Authority], *, roles: Iterable[str], matter: str, currency: str, on: date) -> int | None:
    """The highest limit these roles give, in minor units; None when they give none.

    Amounts in another currency are not converted: without a row there is no authority.
    """
    held = frozenset(roles)
    rows = (row for row in matrix if row.covers(roles=held, matter=matter, currency=currency, on=on))
    return max((row.limit_minor for row in rows), default=None)


def limit_through(
    delegation: Delegation, *, giver_limit: int | None, receiver_limit: int | None, on: date
) -> int | None:
    """The receiver's limit when they answer in the giver's place.

    A delegation moves the task, never the authority: the lowest of both people's limits and the cap
    binds, and where one has none there is none.
    """
    if giver_limit is None or receiver_limit is None:
        return None
    if not delegation.effective_from <= on <= delegation.effective_to:
        return None
    limits = [giver_limit, receiver_limit]
    return min(limits if delegation.cap_minor is None else [*limits, delegation.cap_minor])

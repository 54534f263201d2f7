"""What models may use: a budget for each case and for each tenant's day, beside that of each question."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from graphs.agents.gate import Gates, NoGates
from graphs.state import CaseView
from tools.llm.question import Budget, Usage

SPEND = "spend"
"""The section of a case's data that says what its questions have used."""


class Ceiling(BaseModel):
    """The most that may be used; None is no limit of that kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    calls: int | None = None
    tokens: int | None = None
    cost_micros: int | None = None


BLIND_BPS = 200
"""Which share of automatic decisions a person makes anyway, without seeing the agent's answer."""
CASE_CEILING = Ceiling(calls=60, tokens=300_000, cost_micros=2_000_000)
TENANT_DAY_CEILING = Ceiling(calls=20_000, tokens=20_000_000, cost_micros=100_000_000)


class Spending(Protocol):
    """What a tenant has used on a day. What is reserved counts until it is settled, also when its worker dies."""

    async def reserve(self, tenant: str, day: date, budget: Budget) -> bool:
        """Whether that much is left; if so, it counts from now on."""
        ...

    async def settle(self, tenant: str, day: date, budget: Budget, used: Usage) -> None:
        """Put what was used in the place of what was reserved."""
        ...


class NothingSpent:
    """No limits for tenants: where there is no database of them."""

    async def reserve(self, tenant: str, day: date, budget: Budget) -> bool:  # noqa: ARG002 - the port's
        return True

    async def settle(self, tenant: str, day: date, budget: Budget, used: Usage) -> None:  # noqa: ARG002 - the port's
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelTerms:
    """Under which terms agent steps ask: the gates, what a case and a tenant may use, and the key of blind draws."""

    gates: Gates = field(default_factory=NoGates)
    spending: Spending = field(default_factory=NothingSpent)
    case: Ceiling = CASE_CEILING
    draw_key: bytes = field(default=b"", repr=False)
    blind_bps: int = BLIND_BPS


def spent_by(case: CaseView) -> Usage:
    """What the case's earlier questions have used."""
    found = case.section(SPEND)
    return Usage.model_validate(found) if found else Usage()


def added(before: Usage, more: Usage) -> Usage:
    """Both together; a cost that is not known on one side is left out."""
    known = [usage.cost_micros for usage in (before, more) if usage.cost_micros is not None]
    return Usage(
        calls=before.calls + more.calls,
        repairs=before.repairs + more.repairs,
        tokens_in=before.tokens_in + more.tokens_in,
        tokens_out=before.tokens_out + more.tokens_out,
        cost_micros=sum(known) if known else None,
        milliseconds=before.milliseconds + more.milliseconds,
    )


def left_of_case(ceiling: Ceiling, before: Usage, *, wanted: Budget, used: Usage) -> Budget | None:
    """What the question may use: of its own budget what is left, and no more than its case has left. None for nothing.

    `before` is what the case has used, this question included; `used` is what this question has used.
    """
    calls = _least(wanted.calls - used.calls, ceiling.calls, before.calls)
    tokens = _least(wanted.tokens - _tokens(used), ceiling.tokens, _tokens(before))
    cost = _least(wanted.cost_micros - (used.cost_micros or 0), ceiling.cost_micros, before.cost_micros or 0)
    seconds = wanted.seconds - used.milliseconds // 1000
    if min(calls, tokens, cost, seconds) <= 0:
        return None
    return Budget(calls=calls, tokens=tokens, cost_micros=cost, seconds=seconds)


def _tokens(usage: Usage) -> int:
    return usage.tokens_in + usage.tokens_out


def _least(left: int, ceiling: int | None, used: int) -> int:
    return left if ceiling is None else min(left, ceiling - used)

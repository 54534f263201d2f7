"""What a question has used and may still use: every request reserves its share before it leaves."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from tools.llm.endpoint import Prices
from tools.llm.fault import Spent
from tools.llm.question import Budget, Usage

BYTES_A_TOKEN = 3
"""Fewer than in most texts and languages, so that an estimate is rather too high."""


def estimated_tokens(text: str) -> int:
    """About how many tokens the text is, rather too many than too few."""
    return -(-len(text.encode(errors="replace")) // BYTES_A_TOKEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What one request may use."""

    tokens_in: int
    tokens_out: int


class Meter:
    """The budget of one question, over all its samples, retries and repairs. Not for more than one event loop."""

    def __init__(self, budget: Budget, *, prices: Prices | None, monotonic: Callable[[], float]) -> None:
        """The time begins now."""
        self._budget = budget
        self._prices = prices
        self._monotonic = monotonic
        self._began = monotonic()
        self._share_of_time = 1.0
        self._reserved = Share(tokens_in=0, tokens_out=0)
        self._calls = 0
        self._repairs = 0
        self._tokens_in = 0
        self._tokens_out = 0
        self._estimated = False

    def allow_time(self, share: float) -> None:
        """From now on no request may last beyond this share of the whole time; the rest is kept for another model."""
        self._share_of_time = share

    @property
    def last_of_the_time(self) -> bool:
        """Whether what is allowed now is all there is."""
        return self._share_of_time >= 1

    @property
    def seconds_left(self) -> float:
        """How long requests may still last."""
        return self._budget.seconds * self._share_of_time - (self._monotonic() - self._began)

    def reserve(self, *, tokens_in: int, tokens_out: int) -> Share:
        """A share for one request, to be settled. Raises `Spent`, which names what there is too little of."""
        share = Share(tokens_in=tokens_in, tokens_out=tokens_out)
        for what, wanted, allowed in self._would_be(share):
            if wanted > allowed:
                raise Spent(f"the question may not use more {what}: {wanted} would be needed, {allowed} are allowed")
        if self.seconds_left <= 0:
            raise Spent(f"the question has no time left of its {self._budget.seconds} s")
        self._calls += 1
        self._add(share, 1)
        return share

    def settle(self, share: Share, *, tokens_in: int | None, tokens_out: int | None, answered: str = "") -> None:
        """The request has ended with so many tokens; None is not known, and estimated from what was sent and came."""
        self._add(share, -1)
        self._estimated |= tokens_in is None or tokens_out is None
        self._tokens_in += share.tokens_in if tokens_in is None else tokens_in
        self._tokens_out += estimated_tokens(answered) if tokens_out is None else tokens_out

    def release(self, share: Share) -> None:
        """The request has ended before anybody worked on it."""
        self._add(share, -1)

    def repaired(self) -> None:
        """A repair round begins."""
        self._repairs += 1

    @property
    def usage(self) -> Usage:
        """What was used until now."""
        return Usage(
            calls=self._calls,
            repairs=self._repairs,
            tokens_in=self._tokens_in,
            tokens_out=self._tokens_out,
            cost_micros=self._cost(self._tokens_in, self._tokens_out),
            milliseconds=math.ceil((self._monotonic() - self._began) * 1000),
            estimated=self._estimated,
        )

    def _add(self, share: Share, times: int) -> None:
        self._reserved = Share(
            tokens_in=self._reserved.tokens_in + times * share.tokens_in,
            tokens_out=self._reserved.tokens_out + times * share.tokens_out,
        )

    def _would_be(self, share: Share) -> list[tuple[str, int, int]]:
        tokens_in = self._tokens_in + self._reserved.tokens_in + share.tokens_in
        tokens_out = self._tokens_out + self._reserved.tokens_out + share.tokens_out
        found = [
            ("requests", self._calls + 1, self._budget.calls),
            ("tokens", tokens_in + tokens_out, self._budget.tokens),
        ]
        cost = self._cost(tokens_in, tokens_out)
        return found if cost is None else [*found, ("money (in millionths)", cost, self._budget.cost_micros)]

    def _cost(self, tokens_in: int, tokens_out: int) -> int | None:
        return self._prices.cost(tokens_in=tokens_in, tokens_out=tokens_out) if self._prices else None

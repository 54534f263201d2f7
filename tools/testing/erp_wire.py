"""What every operation of the ERP twin goes through: its log, its faults, its delays, its memory of keys."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, TypeVar

from pydantic import BaseModel

from tools.errors import ToolError
from tools.limits import UNLIMITED, TargetLimits
from tools.testing.erp_books import Books
from tools.testing.erp_master import Master
from tools.testing.erp_orders import Orders
from tools.testing.erp_seed import ErpSeed
from tools.testing.erp_treasury import Treasury

FIRST_FISCAL_YEAR = 2025
Made = TypeVar("Made", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpRequest:
    """A request the twin carried out. `executed` is False for reads and for repetitions of a known key."""

    operation: str
    key: str
    subject: str
    executed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error to raise once, on the next write `operation`, before or after its effect."""

    operation: str
    when: Literal["before", "after"]
    error: ToolError


@dataclass(kw_only=True)
class Wire:
    """The records of a twin, and the way to them.

    `ignores_keys` makes it carry out again a write whose key it knows (it still finds by key).
    `delay_before` and `delay_after` (seconds) slow a write on either side of its effect; `faults` are
    raised in their order. Every request carried out is appended to `requests` and passed to
    `on_request`. Dates of 2025 and of the years around `today` can be posted, except in closed periods.
    """

    seed: ErpSeed
    today: date
    ignores_keys: bool = False
    delay_before: float = 0.0
    delay_after: float = 0.0
    call_timeout_seconds: float = 20.0
    limits: TargetLimits = UNLIMITED
    posting_limits: TargetLimits = UNLIMITED
    faults: deque[Fault] = field(default_factory=deque)
    on_request: Callable[[ErpRequest], None] | None = None
    requests: list[ErpRequest] = field(default_factory=list)
    master: Master = field(init=False)
    orders: Orders = field(init=False)
    books: Books = field(init=False)
    treasury: Treasury = field(init=False)

    def __post_init__(self) -> None:
        years = range(min(FIRST_FISCAL_YEAR, self.today.year - 1), self.today.year + 2)
        self.master = Master(self.seed, today=self.today)
        self.orders = Orders(self.seed, self.master, today=self.today)
        self.books = Books(self.seed, self.master, self.orders, fiscal_years=years)
        self.treasury = Treasury(self.books)

    def executed(self, operation: str) -> list[ErpRequest]:
        """The requests of `operation` that changed something."""
        return [request for request in self.requests if request.operation == operation and request.executed]

    async def _write(self, operation: str, key: str, subject: str, known: Made | None, act: Callable[[], Made]) -> Made:
        """Carry out `act`, or return what is `known` under the key already."""
        if known is not None and not self.ignores_keys:
            self._log(operation, subject=subject, key=key)
            return known
        self._raise_fault(operation, "before")
        await asyncio.sleep(self.delay_before)
        made = act()
        self._log(operation, subject=subject, key=key, executed=True)
        await asyncio.sleep(self.delay_after)
        self._raise_fault(operation, "after")
        return made

    def _log(self, operation: str, *, subject: str, key: str = "", executed: bool = False) -> None:
        request = ErpRequest(operation=operation, key=key, subject=subject, executed=executed)
        self.requests.append(request)
        if self.on_request:
            self.on_request(request)

    def _raise_fault(self, operation: str, when: str) -> None:
        if self.faults and (self.faults[0].operation, self.faults[0].when) == (operation, when):
            raise self.faults.popleft().error

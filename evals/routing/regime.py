"""Regimes: what an office is like whose week is simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

CLERK, APPROVER, SUPERVISOR = "ap_clerk", "approver", "supervisor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """When somebody works: minutes of their own days, Monday to `days`."""

    hours: tuple[tuple[int, int], ...] = ((8 * 60, 12 * 60), (13 * 60, 17 * 60))
    zone: str = "Europe/Vienna"
    days: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """An office. As much comes as keeps everybody working for `busy` of their time; `shared` clerks approve as well.

    `efforts` are the minutes that a task takes in the middle, each as often as another, and `spread` by how much it
    takes more or less; with `told` its step says the middle. People work by `patterns` in turn. With `specialists`
    only some have the skill and languages that some tasks need, with `limits` approvers may approve up to different
    amounts. `ill` people fall ill in the week. `nights` of the tasks come at night. With `bursts` tasks come many in
    one second, to `workers` processes that each see for five seconds only what they gave out themselves.
    """

    clerks: int = 6
    approvers: int = 4
    shared: int = 0
    busy: float = 0.75
    efforts: tuple[int, ...] = (10, 15, 20, 30)
    spread: float = 0.3
    told: bool = True
    patterns: tuple[Pattern, ...] = (Pattern(),)
    specialists: bool = False
    limits: bool = False
    open_limit: int | None = None
    ill: int = 0
    nights: float = 0.0
    bursts: bool = False
    workers: int = 1


UNEVEN = (5, 10, 30, 90, 180)
PART_TIME = (
    Pattern(),
    Pattern(hours=((9 * 60, 13 * 60),)),
    Pattern(zone="America/New_York"),
    Pattern(days=3),
)
SHIFTS = (
    Pattern(hours=((6 * 60, 14 * 60),)),
    Pattern(),
    Pattern(hours=((10 * 60, 18 * 60),)),
)
REGIMES: Final[Mapping[str, Regime]] = {
    "alike": Regime(),
    "quiet": Regime(busy=0.25),
    "overworked": Regime(busy=1.05),
    "uneven efforts": Regime(efforts=UNEVEN),
    "efforts not told": Regime(efforts=UNEVEN, told=False),
    "two in both teams": Regime(busy=0.6, shared=2),
    "specialists": Regime(specialists=True),
    "part time and zones": Regime(clerks=8, patterns=PART_TIME),
    "illness and limits": Regime(limits=True, ill=3, open_limit=25),
    "nights": Regime(nights=0.6, patterns=SHIFTS),
    "bursts on four workers": Regime(bursts=True, workers=4),
}

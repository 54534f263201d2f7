"""Regimes: what an office is like whose log is simulated."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of case: how often it comes, and how many minutes of work each of its tasks takes in the middle."""

    share: float
    check: float
    approve: float
    spread: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """An office. `arrivals` come each working day; `hours` of working time are agreed for a whole case.

    `seniors` of the `people` may approve. Each person is away on `away` of the days, known only when it is so. `surge`
    multiplies the arrivals on so many working days of every twenty. On `outages` of the days nobody can work for three
    hours. `supplier` of the cases wait for somebody outside, so many hours in the middle. From the first day that is
    measured on, and not before, work takes `slower` times as long.
    """

    arrivals: float
    people: int
    seniors: int
    hours: float
    kinds: Mapping[str, Kind]
    away: float = 0.04
    surge: tuple[float, int] = (1.0, 0)
    outages: float = 0.0
    supplier: float = 0.0
    supplier_hours: float = 20.0
    slower: float = 1.0
    in_order: bool = True


PLAIN = {
    "small": Kind(share=0.6, check=18, approve=10),
    "large": Kind(share=0.3, check=40, approve=20),
    "odd": Kind(share=0.1, check=75, approve=45, spread=0.8),
}


def _with(**changed: float | int | bool | tuple[float, int] | Mapping[str, Kind]) -> Regime:
    values: dict[str, object] = {"arrivals": 42, "people": 6, "seniors": 3, "hours": 6, "kinds": PLAIN, **changed}
    return Regime(**values)  # type: ignore[arg-type]  # the names and their types are those of the fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Regimes:
    """The regimes that are measured, by name."""

    all: Mapping[str, Regime] = field(
        default_factory=lambda: {
            "steady": _with(),
            "surges": _with(arrivals=34, surge=(1.8, 4)),
            "people away": _with(away=0.15, people=7),
            "outages": _with(arrivals=38, outages=0.15),
            "supplier waits": _with(arrivals=38, supplier=0.3, hours=14),
            "slower than before": _with(arrivals=36, slower=1.25),
            "no order": _with(in_order=False),
        }
    )

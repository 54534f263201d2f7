"""The limits that a pack's owner sets: how much a new version may change before nobody can activate it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from graphs.errors import Invalid
from graphs.replay_report import ReplayReport
from graphs.store.pack_tables import PackLimits
from policies.money import money_text

WHOLE_BPS = 10_000
MAX_TASKS_BPS = 100 * WHOLE_BPS


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLimits:
    """What an owner asks for. Shares are hundredths of a percent of the replayed cases, money is minor units."""

    newly_allowed_bps: int
    newly_blocked_bps: int
    extra_tasks_bps: int
    unknown_bps: int = 0
    money_allowed: Mapping[str, int]
    window_days: int = 90
    report_hours: int = 24

    def check(self) -> None:
        """Raises `Invalid` for limits that cannot be meant."""
        for name in ("newly_allowed_bps", "newly_blocked_bps", "unknown_bps"):
            _between(name, getattr(self, name), 0, WHOLE_BPS)
        _between("extra_tasks_bps", self.extra_tasks_bps, 0, MAX_TASKS_BPS)
        _between("window_days", self.window_days, 1, 36_500)
        _between("report_hours", self.report_hours, 1, 24 * 365)
        for currency, minor in self.money_allowed.items():
            if len(currency) != 3 or not (currency.isascii() and currency.isalpha() and currency.isupper()):
                raise Invalid(f"money_allowed: {currency!r} is no ISO 4217 code")
            _between(f"money_allowed.{currency}", minor, 0, 2**53)


def _between(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise Invalid(f"{name}: {value} is not between {low} and {high}")


def breaches(limits: PackLimits, report: ReplayReport) -> Iterator[str]:
    """Every limit that the report is outside of, in words."""
    shares = (
        ("newly allowed cases", report.newly_allowed.cases, limits.max_newly_allowed_bps),
        ("newly blocked cases", report.newly_blocked.cases, limits.max_newly_blocked_bps),
        ("extra tasks", report.extra_tasks, limits.max_extra_tasks_bps),
        ("cases with unknown input", report.unknown_input.cases, limits.max_unknown_bps),
    )
    for what, count, most_bps in shares:
        if count * WHOLE_BPS > most_bps * report.cases:
            yield f"{count} {what} of {report.cases} cases, {percent(most_bps)} are allowed"
    for currency, minor in report.newly_allowed.money.items():
        most = limits.max_money_allowed.get(currency, 0)
        if minor > most:
            yield f"{money_text(minor, currency)} newly allowed, {money_text(most, currency)} are"


def percent(bps: int) -> str:
    """Hundredths of a percent as people write them."""
    return f"{bps // 100}.{bps % 100:02d} %"

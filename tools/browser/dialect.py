"""Dialects: the words a site is known to use for its matters, and how it writes days and numbers there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tools.browser.errors import LayoutUnknown


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """`words` gives every known label of a matter; `day` is a format of `strptime`, of which nothing is guessed."""

    words: Mapping[str, tuple[str, ...]]
    day: str
    decimal_mark: str

    def labels(self, matter: str) -> tuple[str, ...]:
        """The labels by which a matter may be known."""
        return self.words[matter]

    def matter(self, text: str, among: tuple[str, ...]) -> str:
        """Which of the matters `text` is a label of. Raises `LayoutUnknown`."""
        found = [matter for matter in among if text.strip() in self.words[matter]]
        if len(found) != 1:
            raise LayoutUnknown(f"{text[:60]!r} is none of {', '.join(among)}")
        return found[0]

    def parsed_day(self, text: str) -> date | None:
        """The day, None for a dash. Raises `LayoutUnknown`."""
        if text.strip() in ("–", "-", ""):
            return None
        try:
            return datetime.strptime(text.strip(), self.day).date()  # noqa: DTZ007 a day has no time zone
        except ValueError:
            raise LayoutUnknown(f"{text[:40]!r} is no day as {self.day} writes one") from None

    def certain_day(self, text: str) -> date:
        """The day, which must be there. Raises `LayoutUnknown`."""
        found = self.parsed_day(text)
        if found is None:
            raise LayoutUnknown("a day is missing")
        return found

    def written_day(self, day: date) -> str:
        """The day as a form of this dialect takes it."""
        return day.strftime(self.day)

    def number(self, text: str) -> Decimal:
        """The number. Raises `LayoutUnknown` for anything that is not wholly one."""
        group = "," if self.decimal_mark == "." else "."
        form = rf"-?\d{{1,3}}(?:{re.escape(group)}\d{{3}})*(?:{re.escape(self.decimal_mark)}\d+)?|-?\d+"
        plain = text.strip()
        if re.fullmatch(form, plain) is None:
            raise LayoutUnknown(f"{plain[:40]!r} is no number")
        return Decimal(plain.replace(group, "").replace(self.decimal_mark, "."))

    def money(self, text: str) -> tuple[Decimal, str]:
        """Amount and currency. Raises `LayoutUnknown`."""
        amount, _, currency = text.strip().rpartition(" ")
        if re.fullmatch(r"[A-Z]{3}", currency) is None:
            raise LayoutUnknown(f"{text[:40]!r} is no amount with a currency")
        return self.number(amount), currency

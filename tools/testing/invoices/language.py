"""How a language writes labels, dates, numbers and money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tools.testing.invoices.document import cents
from tools.testing.invoices.labels import LABELS, UNITS, LabelName
from tools.testing.invoices.seed import pick

NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
LANGUAGES = tuple(LABELS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """The habits of a language. Date patterns use `{day}`, `{day2}`, `{month2}`, `{month}` and `{year}`;
    `months` are the names with a space between.
    """

    group: str
    decimal: str
    dates: tuple[str, ...]
    months: str
    money: tuple[str, ...]


LOCALES: Mapping[str, Locale] = {
    "de": Locale(
        group=".",
        decimal=",",
        dates=("{day2}.{month2}.{year}", "{day}. {month} {year}"),
        months="Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        money=("{amount} {symbol}", "{amount} {code}", "{amount}"),
    ),
    "en": Locale(
        group=",",
        decimal=".",
        dates=(
            "{day} {month} {year}",
            "{day2}/{month2}/{year}",
            "{month} {day}, {year}",
            "{year}-{month2}-{day2}",
        ),
        months="January February March April May June July August September October November December",
        money=("{symbol}{amount}", "{code} {amount}", "{amount}"),
    ),
    "fr": Locale(
        group=NO_BREAK_SPACE,
        decimal=",",
        dates=("{day2}/{month2}/{year}", "{day} {month} {year}"),
        months="janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        money=("{amount} {symbol}", "{amount} {code}"),
    ),
    "nl": Locale(
        group=".",
        decimal=",",
        dates=("{day2}-{month2}-{year}", "{day} {month} {year}"),
        months="januari februari maart april mei juni juli augustus september oktober november december",
        money=("{symbol} {amount}", "{code} {amount}", "{amount}"),
    ),
    "es": Locale(
        group=".",
        decimal=",",
        dates=("{day2}/{month2}/{year}", "{day} de {month} de {year}"),
        months="enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        money=("{amount} {symbol}", "{amount} {code}"),
    ),
    "it": Locale(
        group=".",
        decimal=",",
        dates=("{day2}/{month2}/{year}", "{day} {month} {year}"),
        months=("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre"),
        money=("{symbol} {amount}", "{amount} {symbol}"),
    ),
    "pt": Locale(
        group=NO_BREAK_SPACE,
        decimal=",",
        dates=("{day2}/{month2}/{year}", "{day} de {month} de {year}", "{day2}-{month2}-{year}"),
        months="janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        money=("{amount} {symbol}", "{amount} {code}"),
    ),
}
SYMBOLS: Mapping[str, str] = {"EUR": "€", "GBP": "£", "USD": "$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """One sender's choice among the forms of a language."""

    language: str
    labels: Mapping[LabelName, str]
    date_pattern: str
    money_pattern: str

    @property
    def locale(self) -> Locale:
        """The habits of the language."""
        return LOCALES[self.language]

    def label(self, name: LabelName) -> str:
        """What this sender calls the field."""
        return self.labels[name]

    def date(self, day: date) -> str:
        """`day` in the sender's form."""
        return self.date_pattern.format(
            day=day.day,
            day2=f"{day.day:02}",
            month2=f"{day.month:02}",
            month=self.locale.months.split()[day.month - 1],
            year=day.year,
        )

    def number(self, value: Decimal, *, least_places: int = 0) -> str:
        """`value` without trailing zeros beyond `least_places`, grouped and with the decimal mark."""
        whole, _, fraction = f"{abs(value):,f}".partition(".")
        fraction = fraction.rstrip("0").ljust(least_places, "0")
        grouped = whole.replace(",", self.locale.group)
        sign = "-" if value < 0 else ""
        return f"{sign}{grouped}{self.locale.decimal}{fraction}" if fraction else f"{sign}{grouped}"

    def amount(self, value: Decimal) -> str:
        """`value` with exactly two places."""
        return self.number(cents(value), least_places=2)

    def money(self, value: Decimal, currency: str) -> str:
        """`value` with two places and, if the sender writes it, the currency."""
        symbol = SYMBOLS.get(currency, currency)
        return self.money_pattern.format(amount=self.amount(value), symbol=symbol, code=currency)

    def rate(self, percent: Decimal) -> str:
        """A tax rate with its percent sign."""
        space = "" if self.language == "en" else NO_BREAK_SPACE
        return f"{self.number(percent)}{space}%"

    def unit(self, code: str) -> str:
        """The printed form of a UN/ECE unit code."""
        return UNITS[self.language].get(code, code)


def wording(language: str, seed: int) -> Wording:
    """The wording that `seed` chooses in `language`, one of `LANGUAGES`."""
    locale = LOCALES[language]
    return Wording(
        language=language,
        labels={name: pick(seed, f"label:{name}", choices) for name, choices in LABELS[language].items()},
        date_pattern=pick(seed, "dates", locale.dates),
        money_pattern=pick(seed, "money", locale.money),
    )

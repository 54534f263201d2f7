"""The sentence a person reads about a rule that fired."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from string import Formatter

from policies.expression import PARAMETER_PREFIX
from policies.fact import FactValue
from policies.field import FieldModel, FieldType
from policies.money import major_units
from policies.pack import RulePack

TEXT_LIMIT = 80


def render(template: str, pack: RulePack, facts: Mapping[str, FactValue], parameters: Mapping[str, FactValue]) -> str:
    """`template` with every `{field}` and `{p.parameter}` filled in, as a person would write it."""
    text: list[str] = []
    for literal, name in _parts(template):
        text.append(literal)
        if name is not None:
            text.append(_shown(name, pack, facts, parameters))
    return "".join(text)


@lru_cache(maxsize=4096)
def _parts(template: str) -> tuple[tuple[str, str | None], ...]:
    return tuple((literal, name) for literal, name, _, _ in Formatter().parse(template))


def _shown(name: str, pack: RulePack, facts: Mapping[str, FactValue], parameters: Mapping[str, FactValue]) -> str:
    if name.startswith(PARAMETER_PREFIX):
        bare = name.removeprefix(PARAMETER_PREFIX)
        return written(parameters.get(bare), pack.parameters[bare].type)
    field: FieldModel = pack.columns[name]
    currency = facts.get(field.currency) if field.currency else None
    return written(facts.get(name), field.type, currency=currency if isinstance(currency, str) else None)


def written(value: FactValue, kind: FieldType, *, currency: str | None = None) -> str:
    """One value as a person would write it: `1213.81 EUR`, `2.5 %`, `yes`, `unknown`."""
    match value:
        case None:
            return "unknown"
        case bool():
            return "yes" if value else "no"
        case str():
            printable = "".join(letter if letter.isprintable() else "�" for letter in value)
            return printable if len(printable) <= TEXT_LIMIT else printable[: TEXT_LIMIT - 1] + "…"
        case int():
            return _number(value, kind, currency)


def _number(value: int, kind: FieldType, currency: str | None) -> str:
    match kind:
        case FieldType.MONEY:
            amount = str(major_units(value, currency))
            return f"{amount} {written(currency, FieldType.STR)}" if currency else amount
        case FieldType.BPS:
            return f"{_plain(Decimal(value).scaleb(-2))} %"
        case FieldType.MILLI:
            return _plain(Decimal(value).scaleb(-3))
        case _:
            return str(value)


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text

"""Where a value comes from: the user's words, a system of record, somebody else's text, or nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cached_property

from evals.guardrails.allow_list import AllowList, Author, Returned, Role
from evals.guardrails.call import KEY, Json, Observation, leaves, records
from evals.guardrails.request import Request, days, holds, numbers, trimmed
from policies.canonical import digest
from policies.fact import Fact, FactValue, Integrity, Source, SourceKind

LINE = "line"
IDENTITIES = ("id_", "id")
"""How a record's own number is called."""
LINE_TITLE = re.compile(r"^[A-Z][\w ]{2,40}: ")
"""What a tool writes before the first line of a list."""


class Origin(StrEnum):
    """Where a value comes from, the most trusted first.

    `named`: the user wrote it. `recorded`: a system of record holds it. `insider`: a colleague wrote it in a place the
    user pointed at. `pointed`: somebody else did, in such a place. `foreign`: it stands in text the user never
    mentioned. `unknown`: the agent made it up, or computed it.
    """

    NAMED = "named"
    RECORDED = "recorded"
    INSIDER = "insider"
    POINTED = "pointed"
    FOREIGN = "foreign"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """A value as a fact with its provenance; a record that the user speaks of is `named` by its id."""

    role: Role
    origin: Origin
    fact: Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class _Text:
    """One value of an output that others may have written."""

    text: str
    tool: str
    origin: Origin


@dataclass(frozen=True)
class Evidence:
    """All that is known while the agent works: the request, and what was returned so far."""

    request: Request
    seen: tuple[Observation, ...]
    allowed: AllowList

    @cached_property
    def recorded(self) -> dict[str, dict[str, str]]:
        """Values of systems of record, normalised; of each the fields it stands in, with the tool that returned it."""
        found: dict[str, dict[str, str]] = {}
        for observation in self.seen:
            for field, value in self._record_values(observation):
                found.setdefault(_normal(value), {}).setdefault(field, observation.call.tool)
        return found

    @cached_property
    def texts(self) -> tuple[_Text, ...]:
        """Every other value that was returned, with whose it is."""
        return tuple(text for observation in self.seen for text in self._texts(observation))

    @cached_property
    def confidential(self) -> tuple[tuple[str, str], ...]:
        """(name, value) of what may leave only when the user says so."""
        return tuple(
            (name, str(value))
            for observation in self.seen
            if (tool := self.allowed.tools.get(observation.call.tool)) and tool.returns.confidential
            for name, value in leaves(observation.output)
            if name != KEY
        )

    def label(self, value: str | int | float | bool, role: Role, *, argument: str, kind: str | None = None) -> Labelled:
        """`value`, which is to be `argument`, with its origin; `kind` is the kind of record an id names."""
        match role:
            case Role.AMOUNT:
                origin, ref = self._amount(value, field=argument)
            case Role.DAY:
                origin, ref = self._day(str(value))
            case Role.RECORD:
                origin, ref = self._record(str(value), kind=kind)
            case Role.PAYEE:
                origin, ref = self._payee(str(value))
            case Role.TARGET | Role.ADDRESS | Role.TEXT | Role.DETAIL:
                origin, ref = self._origin(str(value))
        kept: FactValue = str(value) if isinstance(value, float) else value
        return Labelled(role=role, origin=origin, fact=self._fact(kept, origin=origin, ref=ref))

    def _origin(self, value: str) -> tuple[Origin, str]:
        if self.request.names(value) or self._fills_a_template(value):
            return Origin.NAMED, self._asked
        if tool := self._keeper(value):
            return Origin.RECORDED, tool
        return self._written(lambda text: holds(text, value) or _normal(text) == _normal(value))

    def _keeper(self, value: str) -> str | None:
        """The tool whose system of record holds the value."""
        return next(iter(self.recorded.get(_normal(value), {}).values()), None)

    def _payee(self, value: str) -> tuple[Origin, str]:
        """As any target; but that the bank knows the account is kept when the user wrote it too."""
        origin, ref = self._origin(value)
        return origin, self._keeper(value) or ref

    def _record(self, value: str, *, kind: str | None) -> tuple[Origin, str]:
        """An id is the user's when the user speaks of the record by one of its labels."""
        found = list(self._records_of(kind, identity=_normal(value)))
        if not found:
            return self._written(lambda text: holds(text, value) or _normal(text) == _normal(value))
        called = any(self.request.calls(label) for _, labels in found for label in labels)
        return (Origin.NAMED if called else Origin.RECORDED), found[0][0]

    def _records_of(self, kind: str | None, *, identity: str) -> Iterator[tuple[str, list[str]]]:
        """The tools that returned the record of this kind and id, each with the labels it gave."""
        for observation in self.seen:
            tool = self.allowed.tools.get(observation.call.tool)
            if tool is None or kind is None or tool.returns.kind != kind:
                continue
            for record in records(observation.output):
                ids = {_normal(str(record[name])) for name in IDENTITIES if name in record}
                if identity in ids:
                    yield observation.call.tool, [str(record[name]) for name in tool.returns.label if name in record]

    def _amount(self, value: str | int | float | bool, *, field: str) -> tuple[Origin, str]:
        try:
            amount = Decimal(str(value))
        except InvalidOperation:
            return Origin.UNKNOWN, "agent"
        if self.request.counts(amount):
            return Origin.NAMED, self._asked
        for recorded, fields in self.recorded.items():
            if field in fields and numbers(recorded) == {amount}:
                return Origin.RECORDED, fields[field]
        return self._written(lambda text: amount in numbers(text))

    def _day(self, value: str) -> tuple[Origin, str]:
        try:
            day = date.fromisoformat(value[:10])
        except ValueError:
            return Origin.UNKNOWN, "agent"
        if self.request.dates(day):
            return Origin.NAMED, self._asked
        return self._written(lambda text: (day.year, day.month, day.day) in days(text))

    def _written(self, says: Callable[[str], bool]) -> tuple[Origin, str]:
        """The least suspicious text that says it; a place the user pointed at vouches for what stands in it."""
        found = [(text.origin, text.tool) for text in self.texts if says(text.text)]
        order = list(Origin)
        return min(found, key=lambda pair: order.index(pair[0]), default=(Origin.UNKNOWN, "agent"))

    def _fills_a_template(self, value: str) -> bool:
        """Whether the value is a wording of the user with values of record in its places."""
        filled = (template.fullmatch(value.strip()) for template in self.request.templates)
        return any(match and all(self._keeper(part) for part in match.groups()) for match in filled)

    def _record_values(self, observation: Observation) -> Iterator[tuple[str, str]]:
        tool = self.allowed.tools.get(observation.call.tool)
        if tool is None:
            return
        fields = tool.returns.record
        yield from ((name, str(value)) for name, value in leaves(observation.output) if name and name in fields)
        if LINE in fields:
            yield from ((LINE, line) for line in _lines(observation.output))

    def _texts(self, observation: Observation) -> Iterator[_Text]:
        tool = self.allowed.tools.get(observation.call.tool)
        returned = tool.returns if tool else Returned()
        origin = _origin_of(returned.written_by, pointed=self._points_at(observation))
        for name, value in leaves(observation.output):
            if not name or name not in returned.record:
                yield _Text(text=str(value), tool=observation.call.tool, origin=origin)

    def _points_at(self, observation: Observation) -> bool:
        """Whether the user named what was looked up. Listing everything there is points at nothing."""
        asked = (value for name, value in leaves(dict(observation.call.arguments)) if name != KEY)
        return any(isinstance(value, str) and self.request.names(value) for value in asked)

    @property
    def _asked(self) -> str:
        return f"request:{digest(self.request.text)}"

    def _fact(self, value: FactValue, *, origin: Origin, ref: str) -> Fact:
        match origin:
            case Origin.NAMED | Origin.RECORDED:
                kind = SourceKind.SYSTEM_OF_RECORD if ref in self.allowed.tools else SourceKind.PERSON
            case Origin.INSIDER | Origin.POINTED | Origin.FOREIGN:
                kind = SourceKind.DOCUMENT
            case Origin.UNKNOWN:
                kind = SourceKind.MODEL
        trusted = origin in (Origin.NAMED, Origin.RECORDED)
        integrity = Integrity.TRUSTED if trusted else Integrity.UNTRUSTED
        return Fact(value=value, confidence=1.0, source=Source(kind=kind, ref=ref), integrity=integrity)


def _origin_of(author: Author, *, pointed: bool) -> Origin:
    match author:
        case Author.SYSTEM:
            return Origin.RECORDED
        case Author.INSIDERS:
            return Origin.INSIDER if pointed else Origin.FOREIGN
        case Author.ANYBODY:
            return Origin.POINTED if pointed else Origin.FOREIGN


def _lines(output: Json) -> Iterator[str]:
    """The entries of a list, or of a text with one on each line."""
    for _, value in leaves(output):
        if isinstance(value, str):
            yield from (LINE_TITLE.sub("", line) for line in value.splitlines() if line.strip())
        else:
            yield str(value)


def _normal(value: str) -> str:
    return " ".join(trimmed(value).casefold().split())

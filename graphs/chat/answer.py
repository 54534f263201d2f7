"""What the chat answers with: sentences, a table, a chart of it, cards of proposed actions, and what else to ask."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Cell = str | int | None
ColumnKind = Literal["text", "name", "status", "case", "task", "instant", "since", "due", "number", "day", "waits"]
"""How a cell is to be shown: a `name` is one of a definition, a `status` of a case, `waits` what it waits for.

An `instant` is shown as such, `since` as how long ago it was, `due` as how long there is left.
"""
Method = Literal["POST"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column; `id` is its name in the rows."""

    id: str
    kind: ColumnKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row of a table. `case` and `task` are ids of what it is about; `ask` the command that says more of it."""

    id: str
    cells: Mapping[str, Cell]
    case: str | None = None
    task: str | None = None
    ask: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Bars: the column that names them, and those that they are as long as."""

    label: str
    values: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of `total`; `topics` say after which news it is worth asking again."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    total: int
    topics: Sequence[str]
    chart: Chart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An action that is proposed: the very call of the button, and what follows from it, in words.

    Nothing is executed here. `needs_reason`: the body's `reason` is for the person to fill in before it is sent.
    """

    command: str
    title: str
    effect: Sequence[str]
    method: Method
    path: str
    body: Mapping[str, Any] | None
    needs_reason: bool
    final: bool
    """Whether it cannot be taken back."""
    case: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Something that can be asked, and what it means."""

    command: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was found, or why nothing was."""

    text: Sequence[str] = ()
    table: Table | None = None
    cards: Sequence[Card] = ()
    suggestions: Sequence[Suggestion] = field(default=())

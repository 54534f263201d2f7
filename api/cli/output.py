"""What commands print: tables for people, one JSON object as the last line for programs."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
INSTANT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)$")
STYLES = {
    "done": "green",
    "confirmed": "green",
    "rejected": "red",
    "refused": "red",
    "incident": "bold red",
    "open": "yellow",
    "claimed": "yellow",
    "waiting": "yellow",
    "unknown": "bold yellow",
}


def console() -> Console:
    """Standard output; wide where it is no terminal, so that nothing is cut off for a program."""
    return Console(soft_wrap=True) if sys.stdout.isatty() else Console(width=200)


def print_json(data: Any) -> None:
    """One JSON value on one line."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, allow_nan=False) + "\n")


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; words that are a status are coloured, and nothing is taken for markup."""
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(cell(value) for value in row))
    console().print(table)


def print_line(text: str) -> None:
    """One line, however long."""
    console().print(cell(text), soft_wrap=True)


def print_fields(fields: Mapping[str, object]) -> None:
    """Names and values, one a line."""
    grid = Table.grid(padding=(0, 2))
    for name, value in fields.items():
        grid.add_row(Text(name, style="dim"), cell(value))
    console().print(grid)


def cell(value: object) -> Text:
    """A value as people read it: instants to the second. Control characters are shown, never sent to the terminal."""
    if value is None:
        return Text("–", style="dim")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    shown = "".join(character if character.isprintable() or character == "\n" else "�" for character in text)
    return Text(INSTANT.sub(r"\1 \2 UTC", shown), style=STYLES.get(shown, ""))

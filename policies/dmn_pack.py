"""A rule pack of a DMN decision that says how severe a case is.

One output must be called `severity` (`block`, `review`, `warn`, or `allow` for nothing); `message` and `exception`
are taken where they are. The examples are somebody's own: a CSV of facts with what is expected of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from policies.dmn import ImportedTable
from policies.errors import PackInvalid
from policies.field import FieldModel, Scalar
from policies.pack import Outcome, RulePack
from policies.table_file import read_value

SEVERITY, ALLOW, EXPECT = "severity", "allow", "expect"
SEVERITIES = ("block", "review", "warn")


def pack_of(
    imported: ImportedTable, examples: str, *, name: str, version: str, point: str, source: Mapping[str, str]
) -> RulePack:
    """The pack, whose rules do what the table says. Raises `PackInvalid`.

    `examples` has a column for each field and one `expect` with a severity, `allow`, or several joined by `+`;
    an empty cell is an unknown fact, and `expect` may be `unknown`.
    """
    tables = dict(_tables(imported))
    given = list(_examples(examples, imported.fields, imported.name))
    rules = [_rule(imported, severity, table, given, point, source) for severity, table in _rules(imported)]
    data = {
        "pack": name,
        "version": version,
        "fields": {field: model.model_dump(mode="json") for field, model in imported.fields.items()},
        "tables": tables,
        "rules": rules,
    }
    try:
        return RulePack.model_validate(data)
    except ValidationError as error:
        raise PackInvalid(where=imported.name, why=error.errors()[0]["msg"]) from error


def _severity_of(imported: ImportedTable) -> list[str]:
    """The severity of each row."""
    names = [column["name"] for column in imported.data["outputs"]]
    if SEVERITY not in names:
        why = f"has no output called {SEVERITY!r} (it has {', '.join(names)}): import it as a table instead"
        raise PackInvalid(where=imported.name, why=why)
    place = names.index(SEVERITY)
    found = [str(row["then"][place]) for row in imported.data["rows"]]
    for number, severity in enumerate(found, start=1):
        if severity not in (*SEVERITIES, ALLOW):
            known = ", ".join((*SEVERITIES, ALLOW))
            raise PackInvalid(where=f"{imported.name}, rule {number}", why=f"{severity!r} is none of {known}")
    return found


def _tables(imported: ImportedTable) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The table itself; of one whose rows count each for itself, a count of rows for each severity."""
    severities = _severity_of(imported)
    if not imported.every_row:
        yield imported.name, imported.data
        return
    for severity in _used(severities):
        rows = [
            {**row, "then": [1]}
            for row, found in zip(imported.data["rows"], severities, strict=True)
            if found == severity
        ]
        yield (
            f"{imported.name}_{severity}",
            {
                "description": f"{imported.title}: rows that say {severity}",
                "hit": "collect",
                "aggregate": "count",
                "inputs": imported.data["inputs"],
                "outputs": [{"name": "rows", "type": "int"}],
                "rows": rows,
            },
        )


def _used(severities: Iterable[str]) -> list[str]:
    return [severity for severity in SEVERITIES if severity in set(severities)]


def _rules(imported: ImportedTable) -> Iterator[tuple[str, str]]:
    """Each severity that some row has, and the condition under which it counts."""
    used = _used(_severity_of(imported))
    if not used:
        raise PackInvalid(where=imported.name, why="every row allows: there is no rule in it")
    for severity in used:
        if imported.every_row:
            yield severity, f"{imported.name}_{severity}.rows > 0"
        else:
            yield severity, f"{imported.name}.{SEVERITY} == '{severity}'"


def _rule(
    imported: ImportedTable,
    severity: str,
    when: str,
    given: Iterable[tuple[frozenset[str], dict[str, Scalar | None]]],
    point: str,
    source: Mapping[str, str],
) -> dict[str, Any]:
    outputs = {column["name"] for column in imported.data["outputs"]}
    shown = "message" in outputs and not imported.every_row
    return {
        "id": f"{imported.name[:30].upper().replace('_', '-')}-{severity.upper()}",
        "at": [point],
        "title": f"{imported.title}: {severity}",
        "severity": severity,
        "when": when,
        "message": f"{{{imported.name}.message}}" if shown else f"{imported.title} says {severity}.",
        "source": dict(source),
        "examples": [{"expect": _outcome(severity, expected), "given": facts} for expected, facts in given],
    }


def _outcome(severity: str, expected: frozenset[str]) -> str:
    if "unknown" in expected:
        return Outcome.INDETERMINATE
    return Outcome.FIRES if severity in expected else Outcome.PASSES


def _examples(
    text: str, fields: Mapping[str, FieldModel], where: str
) -> Iterator[tuple[frozenset[str], dict[str, Scalar | None]]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    known = {*fields, EXPECT}
    if set(reader.fieldnames or ()) != known:
        raise PackInvalid(where=f"{where}: examples", why=f"the columns must be {', '.join(sorted(known))}")
    for line in reader:
        place = f"{where}: examples, line {reader.line_num}"
        expected = frozenset(word.strip() for word in (line.pop(EXPECT) or "").split("+"))
        if unknown := expected - {*SEVERITIES, ALLOW, "unknown"}:
            raise PackInvalid(where=place, why=f"{sorted(unknown)[0]!r} is nothing to expect")
        yield (
            expected,
            {
                name: read_value(cell, fields[name].type, where=f"{place}, {name}") if cell else None
                for name, cell in line.items()
            },
        )

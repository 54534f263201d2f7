"""The text of a rule pack with one table's rows replaced; everything else, comments too, stays as it was written."""

from __future__ import annotations

import json

import yaml

from policies.errors import PackInvalid
from policies.field import Scalar
from policies.pack_file import read_pack
from policies.table import DecisionTable, Row


def with_table(text: str, name: str, table: DecisionTable, *, where: str) -> str:
    """`text` with the rows (and `otherwise`) of the table called `name`. Raises `PackInvalid`.

    The new text is read again: it is the same pack but for that table.
    """
    before = read_pack(text, name=where)
    if name not in before.tables:
        known = ", ".join(before.tables) or "none"
        raise PackInvalid(where=where, why=f"has no table {name!r} (tables: {known})")
    written = _spliced(text, name, table)
    after = read_pack(written, name=where)
    if after != before.model_copy(update={"tables": before.tables | {name: table}}):
        raise PackInvalid(where=where, why=f"the table {name!r} cannot be replaced here: edit its rows by hand")
    return written


def _spliced(text: str, name: str, table: DecisionTable) -> str:
    entries = {key.value: (key, value) for key, value in _found(yaml.compose(text, Loader=yaml.SafeLoader), name).value}
    key, rows = entries["rows"]
    indent = " " * key.start_mark.column
    block = "rows:" + "".join(f"\n{indent}  - {_row(row)}" for row in table.rows)
    otherwise = "" if table.otherwise is None else f"otherwise: {_flow(table.otherwise)}"
    if otherwise and "otherwise" not in entries:
        block += f"\n{indent}{otherwise}"
    changes = [(key.start_mark.index, _end(rows), block)]
    if "otherwise" in entries:
        key, value = entries["otherwise"]
        changes.append((key.start_mark.index, _end(value), otherwise))
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _end(node: yaml.Node) -> int:
    """Where the node's own text ends: a block ends with its last part, not with the blanks and comments behind it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(last[1] if isinstance(last, tuple) else last)
    return node.end_mark.index


def _found(node: yaml.Node | None, name: str) -> yaml.MappingNode:
    """The node of the table."""
    for step in ("tables", name):
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - the pack was read before
        node = next(value for key, value in node.value if key.value == step)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101 - as above
    return node


def _row(row: Row) -> str:
    parts = [f"if: {_flow(row.tests)}", f"then: {_flow(row.gives)}"]
    parts += [f"from: {row.effective_from}"] if row.effective_from else []
    parts += [f"to: {row.effective_to}"] if row.effective_to else []
    parts += [f"note: {_scalar(row.note)}"] if row.note else []
    return f"{{{', '.join(parts)}}}"


def _flow(values: tuple[Scalar, ...]) -> str:
    return f"[{', '.join(map(_scalar, values))}]"


def _scalar(value: Scalar) -> str:
    """A scalar as YAML reads it back: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)

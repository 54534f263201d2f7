"""A DMN decision table as a decision table of a rule pack. What cannot be expressed is refused by name.

Read are DMN 1.2 to 1.5 (the table is the same in all), hit policies UNIQUE, FIRST and COLLECT, and of FEEL: unary
tests of integers, texts, booleans and days, and input expressions that are names with `+ - *` between them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree
from pydantic import ValidationError

from policies.cell import FEEL_DAY
from policies.errors import ExpressionInvalid, PackInvalid
from policies.expression import names_in, syntax
from policies.field import FieldModel, FieldType, Scalar
from policies.table import DecisionTable

NAMESPACE = re.compile(r"https?://www\.omg\.org/spec/DMN/(?:20180521|20191111|20211108|20230324)/MODEL/")
SIZE_LIMIT = 5_000_000
TYPES = {
    "string": FieldType.STR,
    "boolean": FieldType.BOOL,
    "number": FieldType.INT,
    "integer": FieldType.INT,
    "long": FieldType.INT,
    "date": FieldType.DATE,
}
AGGREGATES = {"SUM": "sum", "MIN": "min", "MAX": "max", "COUNT": "count"}
POLICIES = {"UNIQUE": "unique", "FIRST": "first", "COLLECT": "collect"}
NAME = re.compile(r"[^\W\d]\w*(?:[ .]\w+)*")
# fmt: off
KEYWORDS = frozenset(
    {
        "if", "then", "else", "for", "in", "return", "some", "every", "satisfies", "between", "instance", "of",
        "function", "not", "and", "or", "true", "false", "null",
    }
)
# fmt: on
"""Words of FEEL that no name has among its words here."""
DOTTED = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTable:
    """A decision, as a table and the fields that its inputs need; `every_row`: COLLECT without an aggregate.

    `table` is None for one that collects rows and not a number: then each row counts by itself (`rows` as data).
    """

    name: str
    title: str
    fields: Mapping[str, FieldModel]
    data: Mapping[str, Any]
    every_row: bool

    def table(self) -> DecisionTable:
        """The table. Raises `PackInvalid`."""
        if self.every_row:
            why = "COLLECT without an aggregation gives a list; only rules can take each row for itself"
            raise PackInvalid(where=self.name, why=why)
        return table_of(self.data, self.name)


def table_of(data: Mapping[str, Any], name: str) -> DecisionTable:
    """The table that the data say. Raises `PackInvalid`."""
    try:
        return DecisionTable.model_validate(data)
    except ValidationError as error:
        raise PackInvalid(where=name, why=error.errors()[0]["msg"]) from error


def read_dmn(text: bytes, *, name: str) -> list[ImportedTable]:
    """Every decision table of the file, in its order; `name` stands in the errors. Raises `PackInvalid`."""
    root = _parsed(text, name)
    found = NAMESPACE.fullmatch(etree.QName(root).namespace or "")
    if found is None or etree.QName(root).localname != "definitions":
        raise PackInvalid(where=name, why="is not a DMN 1.2 to 1.5 file (definitions in an OMG namespace)")
    decisions = list(_children(root, "decision"))
    if not decisions:
        raise PackInvalid(where=name, why="holds no decision")
    return [_imported(decision, name) for decision in decisions]


def _parsed(text: bytes, name: str) -> Any:
    if len(text) > SIZE_LIMIT:
        raise PackInvalid(where=name, why=f"is longer than {SIZE_LIMIT} bytes")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise PackInvalid(where=name, why=f"is not XML: {error}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise PackInvalid(where=name, why="has a document type; a DMN file needs none")
    return root


def _children(node: Any, name: str) -> Iterator[Any]:
    return (child for child in node if isinstance(child.tag, str) and etree.QName(child).localname == name)


def _child(node: Any, name: str) -> Any:
    return next(_children(node, name), None)


def _text(node: Any, *path: str) -> str:
    for name in path:
        node = None if node is None else _child(node, name)
    return "" if node is None else (node.text or "").strip()


def _imported(decision: Any, file: str) -> ImportedTable:
    title = decision.get("name") or decision.get("id") or ""
    name = identifier(title)
    where = f"{file}: decision {title!r}"
    if not name:
        raise PackInvalid(where=where, why="has a name without a letter")
    table = _child(decision, "decisionTable")
    if table is None:
        kinds = [etree.QName(child).localname for child in decision if isinstance(child.tag, str)]
        raise PackInvalid(where=where, why=f"is no decision table (it has {', '.join(kinds) or 'nothing'})")
    return _table(table, name=name, title=title, where=where)


def _table(table: Any, *, name: str, title: str, where: str) -> ImportedTable:
    policy, aggregation = table.get("hitPolicy") or "UNIQUE", table.get("aggregation")
    if policy not in POLICIES:
        raise PackInvalid(where=where, why=f"the hit policy {policy} is not supported: UNIQUE, FIRST or COLLECT")
    if aggregation is not None and aggregation not in AGGREGATES:
        raise PackInvalid(where=where, why=f"the aggregation {aggregation} is not supported")
    fields: dict[str, FieldModel] = {}
    inputs = [_input(node, fields, name, where) for node in _children(table, "input")]
    outputs = [_output(node, number, where) for number, node in enumerate(_children(table, "output"), start=1)]
    if not inputs or not outputs:
        raise PackInvalid(where=where, why="needs at least one input and one output")
    rows = [
        _row(node, [FieldType(column["type"]) for column in outputs], f"{where}, rule {number}")
        for number, node in enumerate(_children(table, "rule"), start=1)
    ]
    data: dict[str, Any] = {
        "description": title,
        "hit": POLICIES[policy],
        "inputs": inputs,
        "outputs": [{key: value for key, value in column.items() if key != "default"} for column in outputs],
        "rows": rows,
    }
    if policy == "COLLECT" and aggregation:
        data["aggregate"] = AGGREGATES[aggregation]
    defaults = [column["default"] for column in outputs]
    if any(default is not None for default in defaults):
        if None in defaults:
            raise PackInvalid(where=where, why="gives a default for some outputs only")
        data["otherwise"] = defaults
    return ImportedTable(
        name=name, title=title, fields=fields, data=data, every_row=policy == "COLLECT" and not aggregation
    )


def _type(written: str | None, where: str) -> FieldType:
    bare = (written or "string").rpartition(":")[2]
    if bare not in TYPES:
        raise PackInvalid(where=where, why=f"the type {written} is not supported: {', '.join(TYPES)}")
    return TYPES[bare]


def _input(node: Any, fields: dict[str, FieldModel], table: str, where: str) -> dict[str, Any]:
    expression = _child(node, "inputExpression")
    written = _text(expression, "text") if expression is not None else ""
    label = node.get("label") or written
    place = f"{where}, input {label!r}"
    kind = _type(None if expression is None else expression.get("typeRef"), place)
    for name, field in _fields(written, kind, table, label, place):
        if field.type is not fields.setdefault(name, field).type:
            raise PackInvalid(where=place, why=f"{name} was of another type before")
    return {"name": identifier(label) or "input", "type": kind.value, "value": _value(written, table)}


def _value(written: str, table: str) -> str:
    """The input expression in the language of packs."""
    return written if DOTTED.fullmatch(written) or not NAME.fullmatch(written) else f"{table}.{identifier(written)}"


def _fields(written: str, kind: FieldType, table: str, label: str, where: str) -> Iterator[tuple[str, FieldModel]]:
    """The fields that an input expression reads."""
    if "(" in written or KEYWORDS.intersection(re.findall(r"\w+", written)):
        raise PackInvalid(where=where, why=f"{written!r} is more than names with + - * between them")
    if NAME.fullmatch(written):
        yield _value(written, table), FieldModel(type=kind, description=label)
        return
    try:
        names = sorted(names_in(syntax(written, where=where)))
    except ExpressionInvalid as error:
        raise PackInvalid(where=where, why=f"{written!r} is more than names with + - * between them") from error
    for name in names:
        if not DOTTED.fullmatch(name):
            raise PackInvalid(
                where=where, why=f"{name!r} within {written!r} must be a dotted name, such as order.total"
            )
        yield name, FieldModel(type=FieldType.INT, description=name)


def _output(node: Any, number: int, where: str) -> dict[str, Any]:
    name = identifier(node.get("name") or node.get("label") or f"output_{number}")
    place = f"{where}, output {name!r}"
    kind = _type(node.get("typeRef"), place)
    default = _text(node, "defaultOutputEntry", "text")
    return {"name": name, "type": kind.value, "default": _literal(default, kind, place) if default else None}


def _row(node: Any, kinds: list[FieldType], where: str) -> dict[str, Any]:
    tests = [_text(entry, "text") or "-" for entry in _children(node, "inputEntry")]
    entries = [_text(entry, "text") for entry in _children(node, "outputEntry")]
    if len(entries) != len(kinds):
        raise PackInvalid(where=where, why=f"has {len(entries)} outputs for {len(kinds)}")
    gives = [_literal(entry, kind, where) for entry, kind in zip(entries, kinds, strict=True)]
    notes = [_text(node, "description"), *(_text(entry, "text") for entry in _children(node, "annotationEntry"))]
    return {"if": tests, "then": gives, "note": "; ".join(note for note in notes if note)}


def _literal(text: str, kind: FieldType, where: str) -> Scalar:
    """An output entry. Anything but a literal is refused."""
    day = FEEL_DAY.fullmatch(text)
    match kind:
        case FieldType.STR if len(text) > 1 and text.startswith('"') and text.endswith('"'):
            return _string(text, where)
        case FieldType.BOOL if text in ("true", "false"):
            return text == "true"
        case FieldType.DATE if day:
            return day[1]
        case FieldType.INT if re.fullmatch(r"-?\d+", text):
            return int(text)
        case _:
            raise PackInvalid(where=where, why=f"the output {text!r} is no literal of the type {kind.value}")


def _string(text: str, where: str) -> str:
    try:
        return str(json.loads(text))
    except ValueError as error:
        raise PackInvalid(where=where, why=f"the output {text} is no text") from error


def identifier(title: str) -> str:
    """A name of the pack's form from one that people gave."""
    found = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    return re.sub(r"^[^a-z]+", "", found)[:60]

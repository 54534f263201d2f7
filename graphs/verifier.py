"""`interlock-verify DIR`: whether a dossier of Interlock is sound. Stands alone: standard library and `cryptography`.

It imports nothing of Interlock, and asks no server: the formats are written down here a second time, so that the
product does not check itself. Exit 0: sound. 1: not sound, with the first bad entry. 2: wrong use.
"""

from __future__ import annotations

import argparse
import ast
import base64
import hashlib
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from string import Formatter
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "interlock-dossier/1"
STATEMENT = "interlock dossier v1"
GENESIS = "0" * 64
ERASED = "erased"
MALFORMED = (KeyError, TypeError, ValueError, AttributeError, LookupError, RecursionError)
SHOWN = 20


class Unsound(ValueError):
    """Something is not as it must be."""


class NotRecomputable(Exception):
    """A verdict uses what this verifier does not know, or names what the dossier lacks."""


# Canonical JSON (RFC 8785)


def canonical(value: Any) -> str:
    """The one text of a JSON value that its hash is taken of."""
    match value:
        case None | bool():
            return json.dumps(value)
        case str():
            value.encode()  # a lone surrogate has no text
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(value)
        case float():
            return number(value)
        case list():
            return f"[{','.join(map(canonical, value))}]"
        case dict():
            names = sorted(value, key=lambda name: str(name).encode("utf-16-be"))
            return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
        case _:
            raise Unsound(f"{type(value).__name__} is no JSON")


def number(value: float) -> str:
    """A number as ECMAScript writes it; Python's shortest digits are the same."""
    if value == 0:
        return "0"
    mantissa, _, exponent = f"{value!r}".lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    point = len(whole) + int(exponent or 0)
    point -= len(whole + fraction) - len((whole + fraction).lstrip("0"))
    digits = (whole + fraction).strip("0")
    if not digits.isdigit():
        raise Unsound("a number is none")
    if len(digits) <= point <= 21:
        text = digits + "0" * (point - len(digits))
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        text = f"{digits[0]}{'.' if digits[1:] else ''}{digits[1:]}e{point - 1:+d}"
    return f"-{text}" if value < 0 else text


def read_json(text: str | bytes) -> Any:
    """JSON in which no name stands twice and every number is one."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise Unsound("a name stands twice in an object")
        return found

    def refuse(name: str) -> None:
        raise Unsound(f"{name} is no number")

    return json.loads(text, object_pairs_hook=unique, parse_constant=refuse)


# Signed notes and checkpoints (C2SP), Merkle proofs (RFC 9162, 2.1)


def sha256(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


@dataclass(frozen=True, slots=True)
class Key:
    """A verifier key `name+id+base64`."""

    text: str

    @property
    def name(self) -> str:
        """Whose key it is: the log's origin."""
        return self.text.split("+", 2)[0]

    def opened(self, note: str) -> str:
        """The text that this key has signed. Raises `Unsound`."""
        parts = self.text.split("+", 2)
        if len(parts) != 3:
            raise Unsound("the key has not the form name+id+base64")
        public = base64.b64decode(parts[2], validate=True)
        known = sha256(f"{self.name}\n".encode() + public)[:4]
        if public[:1] != b"\x01" or len(public) != 33 or known.hex() != parts[1]:
            raise Unsound("the key is no Ed25519 verifier key")
        text, _, signatures = note.rpartition("\n\n")
        for line in signatures.splitlines():
            dash, _, rest = line.partition(" ")
            name, _, signature = rest.partition(" ")
            signed = base64.b64decode(signature, validate=True)
            if (dash, name, signed[:4]) == ("\u2014", self.name, known):
                try:
                    Ed25519PublicKey.from_public_bytes(public[1:]).verify(signed[4:], f"{text}\n".encode())
                except InvalidSignature:
                    raise Unsound("the signature does not fit") from None
                return text
        raise Unsound(f"it is not signed by {self.text}")


def exact(note: str) -> bool:
    """Whether a note has one signature, in its one form, and nothing behind it."""
    lines = note.rpartition("\n\n")[2].split("\n")
    signature = lines[0].rpartition(" ")[2]
    return lines[1:] == [""] and base64.b64encode(base64.b64decode(signature)).decode() == signature


def checkpoint(key: Key, note: str) -> tuple[int, bytes]:
    """Size and root of a checkpoint. Raises `Unsound`."""
    lines = key.opened(note).split("\n")
    if len(lines) < 3 or lines[0] != key.name or not lines[1].isdecimal():
        raise Unsound("it is no checkpoint of this log")
    return int(lines[1]), base64.b64decode(lines[2], validate=True)


def node(left: bytes, right: bytes) -> bytes:
    """An inner node of the tree."""
    return sha256(b"\1" + left + right)


def follow(index: int, last: int, first: bytes, second: bytes, path: Sequence[bytes]) -> tuple[bytes, bytes]:
    """The roots that a path leads to: of the older tree, and of the tree. Raises `Unsound`."""
    for sibling in path:
        if last == 0:
            raise Unsound("the proof is too long")
        if index & 1 or index == last:
            first, second = node(sibling, first), node(sibling, second)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            second = node(second, sibling)
        index, last = index >> 1, last >> 1
    if last:
        raise Unsound("the proof is too short")
    return first, second


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether a leaf's hash stands at `index` of the tree."""
    return 0 <= index < size and follow(index, size - 1, leaf, leaf, path)[1] == root


def consistent(old: int, old_root: bytes, size: int, root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree begins with the older one."""
    if not 0 < old <= size:
        return False
    if old == size:
        return not path and old_root == root
    nodes = [old_root, *path] if old & (old - 1) == 0 else list(path)
    index, last = old - 1, size - 1
    while index & 1:
        index, last = index >> 1, last >> 1
    return follow(index, last, nodes[0], nodes[0], nodes[1:]) == (old_root, root)


# Rules: Interlock's language of conditions, in three values (Kleene); None is unknown

PACK_KEYS = {"pack", "version", "parameters", "fields", "derived", "tables", "thresholds", "rules"}
TABLE_KEYS = {"description", "hit", "aggregate", "inputs", "outputs", "rows", "otherwise"}
COLUMN_KEYS = {"type", "value", "description", "currency"}
ROW_KEYS = {"tests", "gives", "effective_from", "effective_to", "note"}
RULE_KEYS = {
    "id", "at", "title", "severity", "obligation", "exception", "when", "applies", "message", "source",
    "effective_from", "effective_to", "examples",
}  # fmt: skip
VERDICT_KEYS = {
    "kind", "point", "findings", "indeterminate", "obligations", "met", "engine_fault", "pack", "pack_version",
    "pack_digest", "facts", "parameters", "judged_on",
}  # fmt: skip
FINDING_KEYS = ("rule", "severity", "title", "exception", "obligation", "regulation", "clause", "when", "facts")
JUDGING = {"verdict", "calls"}
"""Values that record verdicts: one, or one a call."""
COPIES = {"update"}
"""Values that repeat, without its findings, what another value of the entry records."""
PROVENANCE = ("source", "integrity", "confidence")
"""Calls whose value is recorded among the facts, under the call's own text."""
CONFIDENT = "confident"
ANY = "-"
NEGATED = re.compile(r"not\s*\((.*)\)", re.DOTALL)
PART = re.compile(r'\s*("(?:[^"\\]|\\.)*"\s*|[^,"]*)(?:,|$)')
INTERVAL = re.compile(r"([\[\](])\s*(\S+?)\s*\.\.\s*(\S+?)\s*([\[\])])")
BOUND = re.compile(r"(<=|>=|<|>)\s*(\S+)")
FEEL_DAY = re.compile(r'date\s*\(\s*"([^"]*)"\s*\)')
BOUNDS: dict[str, Callable[[int, int], bool]] = {
    "<": lambda value, end: value < end,
    "<=": lambda value, end: value <= end,
    ">": lambda value, end: value > end,
    ">=": lambda value, end: value >= end,
}
AGGREGATES: dict[str, Callable[[Sequence[int]], int | None]] = {
    "sum": sum,
    "count": len,
    "min": lambda numbers: min(numbers, default=None),
    "max": lambda numbers: max(numbers, default=None),
}
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: lambda left, right: left == right,
    ast.NotEq: lambda left, right: left != right,
    ast.Gt: lambda left, right: left > right,
    ast.GtE: lambda left, right: left >= right,
    ast.Lt: lambda left, right: left < right,
    ast.LtE: lambda left, right: left <= right,
}
ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: lambda left, right: left + right,
    ast.Sub: lambda left, right: left - right,
    ast.Mult: lambda left, right: left * right,
}
Read = Callable[[str], Any]


def unknown_keys(found: Mapping[str, Any], known: set[str], where: str) -> None:
    """Raises `NotRecomputable` for a key that says something and that this verifier does not know."""
    strange = sorted(name for name in found if name not in known and found[name] not in (None, [], {}, "", False))
    if strange:
        raise NotRecomputable(f"{where} has {', '.join(strange)}, which this verifier does not know")


def name_of(part: ast.expr) -> str | None:
    """The name that a part of a condition is read by: `a.b`, `p.limit`, `source(a.b)`; None for what is computed."""
    match part:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            before = name_of(value)
            return None if before is None else f"{before}.{attr}"
        case ast.Call(func=ast.Name(id=call), args=[argument], keywords=[]) if call in (*PROVENANCE, CONFIDENT):
            return f"{call}({name_of(argument)})"
        case _:
            return None


def names_in(part: ast.AST) -> set[str]:
    """Every name that a condition reads."""
    if isinstance(part, ast.expr) and (name := name_of(part)) is not None:
        return {name}
    inner = part.args if isinstance(part, ast.Call) else ast.iter_child_nodes(part)
    return set[str]().union(*map(names_in, inner))


def holds(part: ast.expr, read: Read) -> bool | None:
    """Whether a condition holds. Raises `NotRecomputable` for what is not of the language."""
    match part:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            answer = holds(operand, read)
            return None if answer is None else not answer
        case ast.BoolOp(op=op, values=values):
            decisive, answers = isinstance(op, ast.Or), [holds(value, read) for value in values]
            return decisive if decisive in answers else None if None in answers else not decisive
        case ast.Call(func=ast.Name(id="present" | "missing" as call), args=[argument], keywords=[]):
            return (value_of(argument, read) is not None) is (call == "present")
        case ast.Compare(left=left, ops=[ast.In() | ast.NotIn() as op], comparators=[ast.List() | ast.Tuple() as many]):
            value, choices = value_of(left, read), [value_of(choice, read) for choice in many.elts]
            return None if value is None else (value in choices) is isinstance(op, ast.In)
        case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISONS:
            first, second = value_of(left, read), value_of(right, read)
            return None if first is None or second is None else COMPARISONS[type(op)](first, second)
        case _:
            answer = value_of(part, read)
            if answer is None or isinstance(answer, bool):
                return answer
            raise NotRecomputable(f"{ast.unparse(part)} is no condition")


def value_of(part: ast.expr, read: Read) -> Any:
    """The value of one side of a comparison. Raises `NotRecomputable`."""
    if (name := name_of(part)) is not None:
        return read(name)
    match part:
        case ast.Constant(value=bool() | int() | str() as value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
        case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
            first, second = value_of(left, read), value_of(right, read)
            return None if first is None or second is None else ARITHMETIC[type(op)](first, second)
        case _:
            raise NotRecomputable(f"{ast.unparse(part)} is not known to this verifier")


def tree(text: str) -> ast.expr:
    """The syntax tree of an expression."""
    return ast.parse(text.strip(), mode="eval").body


def accepts(cell: str, kind: str, value: Any) -> bool:
    """Whether a cell of a decision table accepts a known value; days are numbers. Raises `NotRecomputable`."""
    text = cell.strip()
    negated = NEGATED.fullmatch(text)
    rest, place, found = FEEL_DAY.sub(r"\1", negated[1] if negated else text), 0, False
    while place < len(rest):
        part = PART.match(rest, place)
        if part is None:
            raise NotRecomputable(f"the cell {cell!r} is not known to this verifier")
        place = part.end()
        found = found or (bool(part[1].strip()) and passes(part[1].strip(), kind, value))
    return found is not bool(negated)


def passes(test: str, kind: str, value: Any) -> bool:
    """Whether one test of a cell accepts a value. Raises `NotRecomputable`."""
    if kind == "bool":
        return {"true": True, "false": False}[test.lower()] is value
    if kind == "str":
        quoted = test.startswith('"') and test.endswith('"') and len(test) > 1
        return bool(value == (re.sub(r"\\(.)", r"\1", test[1:-1]) if quoted else test))
    if bound := BOUND.fullmatch(test):
        return BOUNDS[bound[1]](value, ordinal(bound[2], kind))
    if interval := INTERVAL.fullmatch(test):
        low, high = ordinal(interval[2], kind), ordinal(interval[3], kind)
        return bool(low + (interval[1] != "[") <= value <= high - (interval[4] != "]"))
    return bool(value == ordinal(test, kind))


def ordinal(text: str, kind: str) -> int:
    """A number, or a day as the number of the day. Raises `NotRecomputable`."""
    try:
        return date.fromisoformat(text).toordinal() if kind == "date" else int(text)
    except ValueError as error:
        raise NotRecomputable(f"{text!r} is not of the kind {kind}") from error


def row_matches(row: Mapping[str, Any], kinds: Sequence[str], inputs: Sequence[Any]) -> bool | None:
    """Whether a row's tests hold; None where that depends on an unknown input."""
    tested = [(cell, kind, value) for cell, kind, value in zip(row["tests"], kinds, inputs, strict=True) if cell != ANY]
    if any(value is not None and not accepts(cell, kind, value) for cell, kind, value in tested):
        return False
    return None if any(value is None for _, _, value in tested) else True


def decided(table: Mapping[str, Any], inputs: Sequence[Any], on: date) -> list[Any]:
    """What a decision table gives: each output as it is written, None where it is unknown."""
    kinds, unknown = [column["type"] for column in table["inputs"]], [None] * len(table["outputs"])
    matching: list[Sequence[Any]] = []
    for row in table["rows"]:
        unknown_keys(row, ROW_KEYS, "a row")
        first, last = row["effective_from"] or "0001-01-01", row["effective_to"] or "9999-12-31"
        if not date.fromisoformat(first) <= on <= date.fromisoformat(last):
            continue
        found = row_matches(row, kinds, inputs)
        if found is None:
            return unknown
        if found and table["hit"] != "collect":
            return list(row["gives"])
        if found:
            matching.append(row["gives"])
    if table["hit"] == "collect":
        aggregate = AGGREGATES[table["aggregate"]]
        return [aggregate([row[place] for row in matching]) for place in range(len(unknown))]
    return unknown if table["otherwise"] is None else list(table["otherwise"])


def verdicts_in(value: Any) -> Iterator[Mapping[str, Any]]:
    """Every verdict that a value holds, however deep."""
    if isinstance(value, dict) and {"pack_digest", "point", "facts", "judged_on"} <= value.keys():
        yield value
        return
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from verdicts_in(inner)


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges recorded facts anew, by the pack and at the point that a recorded verdict names."""

    pack: Mapping[str, Any]
    verdict: Mapping[str, Any]

    def differences(self) -> list[str]:
        """Where the recorded verdict is not the one that its facts demand. Raises `NotRecomputable`."""
        try:
            return self.judged_anew()
        except RecursionError as error:
            raise NotRecomputable("the pack's derived columns or tables go in a circle") from error

    def judged_anew(self) -> list[str]:
        """What differs; a pack that goes in a circle ends in a `RecursionError`."""
        then = self.verdict
        unknown_keys(self.pack, PACK_KEYS, "the pack")
        unknown_keys(then, VERDICT_KEYS, "the verdict")
        if then["engine_fault"]:
            fault = (then["kind"], then["findings"], then["indeterminate"]) == ("review", [], [])
            return [] if fault else ["kind"]
        rules = [rule for rule in self.pack["rules"] if then["point"] in rule["at"]]
        if not rules:
            raise NotRecomputable(f"the pack has no rules at {then['point']}")
        asked = set[str]().union(*(self.facts_of(self.shown(rule)) for rule in rules))
        if asked != then["facts"].keys():
            raise NotRecomputable("the recorded facts are not those that the rules ask for")
        return self.compared([(rule, self.answer(rule)) for rule in rules if self.in_force(rule)])

    def compared(self, answers: Sequence[tuple[Mapping[str, Any], bool | None]]) -> list[str]:
        """What differs, once each rule in force has its answer."""
        then, fired = self.verdict, [rule for rule, answer in answers if answer is True]
        unknown = [{"rule": rule["id"], "missing": self.missing(rule)} for rule, answer in answers if answer is None]
        obligations = list(dict.fromkeys(rule["obligation"] for rule in fired if rule["obligation"]))
        severities = {rule["severity"] for rule in fired}
        pending = "review" in severities or unknown or set(obligations) - set(then["met"])
        now = {
            "kind": "deny" if "block" in severities else "review" if pending else "allow",
            "findings": [self.finding(rule) for rule in fired],
            "indeterminate": unknown,
            "obligations": obligations,
            "met": sorted(set(obligations) & set(then["met"])),
            "pack": self.pack["pack"],
            "pack_version": self.pack["version"],
        }
        recorded = {
            **then,
            "findings": [{name: found[name] for name in FINDING_KEYS} for found in then["findings"]],
            "indeterminate": [{**found, "missing": set(found["missing"])} for found in then["indeterminate"]],
        }
        return [name for name, value in now.items() if value != recorded[name]]

    def finding(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        """What a fired rule reports; its message is not composed anew."""
        shown = self.shown(rule)
        facts = {name: self.verdict["facts"][name] for name in self.facts_of(shown)}
        facts |= {
            name: self.written(name) for name in shown if self.column(name) is not None and not self.is_fact(name)
        }
        same = {name: rule[name] for name in ("severity", "title", "exception", "obligation", "when")}
        return {"rule": rule["id"], **same, **rule["source"], "facts": facts}

    def missing(self, rule: Mapping[str, Any]) -> set[str]:
        """The unknown facts that a rule reads; where none is unknown, the tables that gave nothing."""
        unknown = {name for name in self.reads(rule) if self.read(name) is None}
        return {name for name in unknown if self.is_fact(name)} or unknown

    def conditions(self, rule: Mapping[str, Any]) -> list[ast.expr]:
        """The syntax trees of a rule."""
        unknown_keys(rule, RULE_KEYS, f"rule {rule['id']}")
        return [tree(text) for text in (rule["when"], rule["applies"]) if text]

    def shown(self, rule: Mapping[str, Any]) -> set[str]:
        """What a rule reads or shows: facts, outputs of tables, and derived columns that its message names."""
        named = {name for _, name, _, _ in Formatter().parse(rule["message"]) if name}
        derived = {name for name in named if name in self.part("derived")}
        return self.reads(rule) | self.behind(named) | derived

    def reads(self, rule: Mapping[str, Any]) -> set[str]:
        """Facts and outputs of tables that a rule decides on."""
        return self.behind(set[str]().union(*map(names_in, self.conditions(rule))))

    def behind(self, names: set[str]) -> set[str]:
        """Facts and outputs of tables that names stand for, and what those tables test."""
        seen, waiting, found = set[str](), list(names), set[str]()
        while waiting:
            name = waiting.pop()
            if name in seen or name.startswith("p."):
                continue
            seen.add(name)
            if name.startswith(f"{CONFIDENT}("):
                waiting.append(f"confidence{name.removeprefix(CONFIDENT)}")
            elif name in self.part("derived"):
                waiting += names_in(tree(self.part("derived")[name]["value"]))
            else:
                found.add(name)
                tested = [] if self.is_fact(name) or not self.table(name) else self.table(name)["inputs"]
                waiting += set[str]().union(*(names_in(tree(column["value"])) for column in tested))
        return found

    def part(self, name: str) -> Mapping[str, Any]:
        """A part of the pack that may be absent."""
        return self.pack.get(name) or {}

    def is_fact(self, name: str) -> bool:
        """Whether it is a fact, or where one came from."""
        return name.partition("(")[2].removesuffix(")") in self.pack["fields"] or name in self.pack["fields"]

    def table(self, name: str) -> Mapping[str, Any]:
        """The table that gives this output; nothing for another name."""
        table = self.part("tables").get(name.partition(".")[0])
        return table if table and not self.is_fact(name) and name not in self.part("derived") else {}

    def column(self, name: str) -> Mapping[str, Any] | None:
        """How a name is declared: as a field, a derived column or an output; None for where a fact came from."""
        outputs = {
            f"{name.partition('.')[0]}.{output['name']}": output for output in self.table(name).get("outputs", ())
        }
        found: Mapping[str, Any] | None = self.pack["fields"].get(name) or self.part("derived").get(name)
        return found or outputs.get(name)

    def facts_of(self, names: set[str]) -> set[str]:
        """The facts among them, with the currencies of amounts."""
        currencies = {column["currency"] for name in names if (column := self.column(name)) and column.get("currency")}
        return {name for name in names if self.is_fact(name)} | currencies

    def written(self, name: str) -> Any:
        """What was computed, as a verdict shows it."""
        value, column = self.read(name), self.column(name) or {}
        if column.get("type") != "date" or value is None:
            return value
        return date.fromordinal(value).isoformat() if 1 <= value <= date.max.toordinal() else f"day {value}"

    def in_force(self, rule: Mapping[str, Any]) -> bool:
        """Whether the rule was in force on the day of the verdict."""
        on, last = date.fromisoformat(self.verdict["judged_on"]), rule["effective_to"]
        return date.fromisoformat(rule["effective_from"]) <= on and (not last or on <= date.fromisoformat(last))

    def answer(self, rule: Mapping[str, Any]) -> bool | None:
        """Whether the rule fires; None when unknown facts matter."""
        answers = [holds(part, self.read) for part in self.conditions(rule)]
        return False if False in answers else None if None in answers else True

    def read(self, name: str) -> Any:
        """What a name stands for, as it is compared: dates as numbers of days. Raises `NotRecomputable`."""
        if name.startswith(f"{CONFIDENT}("):
            return self.confident(name.removeprefix(CONFIDENT)[1:-1])
        if name in self.part("derived"):
            column = self.part("derived")[name]
            unknown_keys(column, COLUMN_KEYS, f"the column {name}")
            return (holds if column["type"] == "bool" else value_of)(tree(column["value"]), self.read)
        if table := self.table(name):
            return self.given(table, name)
        return self.recorded(name)

    def confident(self, field: str) -> bool | None:
        """Whether a fact is as sure as the most particular threshold asks. Raises `NotRecomputable`."""
        point = self.verdict["point"]
        speaking = [each for each in self.pack.get("thresholds") or () if each["field"] in (None, field)]
        speaking = [each for each in speaking if each["at"] in (None, point)]
        if not speaking:
            raise NotRecomputable(f"no threshold speaks of {field}")
        least = max(speaking, key=lambda each: (each["field"] is not None, each["at"] is not None))["least"]
        sure = self.recorded(f"confidence({field})")
        return None if sure is None else sure >= (self.recorded(least) if isinstance(least, str) else least)

    def given(self, table: Mapping[str, Any], name: str) -> Any:
        """What a table gives under a name. Raises `NotRecomputable`."""
        unknown_keys(table, TABLE_KEYS, "a table")
        inputs = [
            (holds if column["type"] == "bool" else value_of)(tree(column["value"]), self.read)
            for column in table["inputs"]
        ]
        outputs = decided(table, inputs, date.fromisoformat(self.verdict["judged_on"]))
        for column, value in zip(table["outputs"], outputs, strict=True):
            if column["name"] == name.partition(".")[2]:
                return ordinal(value, "date") if column["type"] == "date" and value is not None else value
        raise NotRecomputable(f"{name} is no output of its table")

    def recorded(self, name: str) -> Any:
        """A recorded fact or parameter. Raises `NotRecomputable`."""
        of_pack = name.startswith("p.")
        bare = name.removeprefix("p.") if of_pack else name
        values = self.verdict["parameters" if of_pack else "facts"]
        if bare not in values:
            raise NotRecomputable(f"{name} is not among the recorded facts")
        declared = self.pack["parameters" if of_pack else "fields"].get(bare)
        kind = declared["type"] if declared else "provenance"
        forms = {"bool": (bool,), "str": (str,), "date": (str,), "provenance": (str, int)}.get(kind, (int,))
        value = values[bare]
        if value is not None and type(value) not in forms:
            raise NotRecomputable(f"{name} is not of the kind {kind}")
        return date.fromisoformat(value).toordinal() if kind == "date" and value is not None else value


# The dossier


@dataclass(slots=True)
class Report:
    """What was found. Counts say how much was checked, so that nothing passes for want of being there."""

    problems: list[tuple[int | None, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def bad(self, what: str, seq: int | None = None) -> None:
        """Add a problem, of an entry or of the dossier as a whole."""
        self.problems.append((seq, what))

    def count(self, what: str, by: int = 1) -> None:
        """Count something that was checked."""
        self.counts[what] = self.counts.get(what, 0) + by

    @property
    def first_bad(self) -> int | None:
        """The number of the first bad entry."""
        return min((seq for seq, _ in self.problems if seq is not None), default=None)


@dataclass(frozen=True, slots=True)
class Head:
    """The newest checkpoint of the dossier, and the proofs that lead to it."""

    size: int
    root: bytes
    proofs: Mapping[str, Any]

    def path(self, kind: str, number: int) -> list[bytes] | None:
        """The hashes of a proof, None where the dossier has none."""
        places = self.proofs[kind].get(str(number))
        return None if places is None else [bytes.fromhex(self.proofs["nodes"][place]) for place in places]

    def follows(self, size: int, root: bytes) -> str | None:
        """Why this checkpoint does not go on from another one; None when it does."""
        if size > self.size:
            return (
                f"covers {size} entries, the dossier only {self.size}: the trail was cut off, or the dossier is older"
            )
        path = [] if size == self.size else self.path("consistency", size)
        if path is None:
            return f"of {size} entries has no proof in the dossier: ask for one that is made with --known {size}"
        if not consistent(size, root, self.size, self.root, path):
            return f"of {size} entries held another history: entries up to {size} were changed afterwards"
        return None


@dataclass(slots=True)
class Dossier:
    """Checks one folder. Every check adds to the report; none trusts what another has found."""

    folder: Path
    key: Key
    kept: Sequence[tuple[str, str]] = ()
    """Name and note of each older checkpoint that the outsider has kept."""
    report: Report = field(default_factory=Report)
    manifest: dict[str, Any] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)
    approvals: list[dict[str, Any]] = field(default_factory=list)
    judged: set[tuple[Any, ...]] = field(default_factory=set)
    shown: set[tuple[Any, Any]] = field(default_factory=set)
    packs: dict[str, Any] = field(default_factory=dict)
    bystanders: dict[int, datetime] = field(default_factory=dict)
    begins_with: str = ""

    def check(self) -> Report:
        """All checks."""
        head: list[Head] = []
        for what, step in (
            ("the manifest", self.check_manifest),
            ("the files", self.check_files),
            ("the checkpoints", lambda: head.append(self.checked_head())),
            ("the rule packs", self.check_packs),
            ("the entries", lambda: self.check_entries(head[0] if head else None)),
            ("the approvals", self.check_approvals),
            ("completeness", self.check_completeness),
        ):
            try:
                step()
            except (Unsound, OSError, *MALFORMED) as error:
                self.report.bad(f"{what}: {error}")
        return self.report

    def read(self, name: str) -> bytes:
        """A file of the dossier."""
        return (self.folder / name).read_bytes()

    def check_manifest(self) -> None:
        """The manifest is the one that was signed, by the key whose origin it names."""
        content = self.read("manifest.json")
        self.manifest = read_json(content)
        if self.manifest["format"] != FORMAT:
            raise Unsound(f"the format is {self.manifest['format']}; this verifier knows {FORMAT}")
        note = self.read("manifest.note").decode()
        if self.key.opened(note) != f"{STATEMENT}\n{sha256(content).hex()}" or not exact(note):
            raise Unsound("it is not the one that was signed")
        if self.manifest["origin"] != self.key.name or self.key.name.partition("/")[2] != self.manifest["tenant"]:
            raise Unsound("it is of another log than the key")
        if self.read("key.txt").decode().strip() != self.key.text:
            raise Unsound("key.txt is not the key that you gave")

    def check_files(self) -> None:
        """Exactly the files that the manifest names, each with its digest; originals and packs are named by theirs."""
        named = self.manifest["files"]
        there = {path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*") if not path.is_dir()}
        for name in sorted((named.keys() | {"manifest.json", "manifest.note"}) ^ there):
            self.report.bad(f"{name} is {'missing' if name in named else 'not of this dossier'}")
        for name in sorted(named.keys() & there):
            with (self.folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            kind, _, rest = name.partition("/")
            is_named = kind == "documents" or (kind == "packs" and name.endswith(".json"))
            if found != named[name] or (self.folder / name).is_symlink():
                self.report.bad(f"{name} was changed")
            if is_named and rest.partition(".")[0] != found:
                self.report.bad(f"{name} is not what its name says")
            self.report.count("documents", kind == "documents")

    def checked_head(self) -> Head:
        """The newest checkpoint, once every other one is found to be a part of it."""
        proofs = read_json(self.read("proofs.json"))
        found = [checkpoint(self.key, path.read_text("utf-8")) for path in (self.folder / "checkpoints").iterdir()]
        size, root = max(found)
        if not size == self.manifest["checkpoint"] == proofs["size"]:
            raise Unsound("the newest is not the one that the proofs are for")
        head = Head(size, root, proofs)
        for other in sorted(found):
            if why := head.follows(*other):
                self.report.bad(f"a checkpoint {why}")
        for name, note in self.kept:
            try:
                why = head.follows(*checkpoint(self.key, note))
            except (Unsound, *MALFORMED) as error:
                why = f"does not open: {error}"
            if why:
                self.report.bad(f"the checkpoint {name} {why}")
            self.report.count("older checkpoints")
        self.report.count("checkpoints", len(found))
        return head

    def check_packs(self) -> None:
        """Rule packs by the digest of their bytes."""
        for path in sorted((self.folder / "packs").glob("*.json")):
            content = path.read_bytes()
            self.packs[sha256(content).hex()] = read_json(content)
        self.report.count("packs", len(self.packs))

    def check_entries(self, head: Head | None) -> None:
        """Each entry by itself, in the chain, and in the newest checkpoint."""
        before: Mapping[str, Any] = {}
        for entry in self.entries():
            seq = entry.get("seq")
            try:
                self.check_entry(entry, before, head)
            except (Unsound, *MALFORMED) as error:
                self.report.bad(str(error) or "it has not the form of an entry", seq if type(seq) is int else None)
            before = entry

    def entries(self) -> Iterator[dict[str, Any]]:
        """The lines of `events.jsonl`."""
        with (self.folder / "events.jsonl").open("rb") as file:
            yield from map(read_json, file)

    def check_entry(self, entry: Mapping[str, Any], before: Mapping[str, Any], head: Head | None) -> None:
        """Leaf, hash, commitments, place in the chain and in the tree. Raises `Unsound`."""
        seq, values = entry["seq"], entry.get("values")
        if type(seq) is not int or seq <= before.get("seq", 0):
            raise Unsound("it does not stand in order")
        leaf = {name: entry[name] for name in ("actor", "at", "case", "commitments", "kind", "seq", "step", "tenant")}
        if entry["visit"] is not None:
            leaf["visit"] = entry["visit"]
        if entry["tenant"] != self.manifest["tenant"]:
            raise Unsound("it is another tenant's")
        found = sha256(bytes.fromhex(entry["previous_hash"]) + sha256(canonical(leaf).encode()))
        if found.hex() != entry["hash"]:
            raise Unsound("it was changed after it was written")
        follows = before["hash"] if seq == before.get("seq", 0) + 1 and before else GENESIS
        if (seq == 1 or seq == before.get("seq", 0) + 1) and entry["previous_hash"] != follows:
            raise Unsound("it does not follow the entry before it")
        path = head.path("inclusion", seq) if head else None
        if head is not None and (
            path is None or not included(sha256(b"\0" + found), seq - 1, head.size, path, head.root)
        ):
            raise Unsound("it does not stand in the signed checkpoint")
        if entry.get("bystander"):
            self.check_bystander(entry)
            return
        self.report.count("entries")
        self.numbers.append(seq)
        self.check_values(entry, values)

    def check_bystander(self, entry: Mapping[str, Any]) -> None:
        """An entry without values, which only shows that none is left out. Raises `Unsound`."""
        self.report.count("entries of others, without values")
        self.bystanders[entry["seq"]] = datetime.fromisoformat(entry["at"])
        if entry["case"] is not None and entry["case"] == self.manifest["subject"].get("case"):
            raise Unsound("it is of the case, and has no values")

    def check_values(self, entry: Mapping[str, Any], values: Any) -> None:
        """Each value against its commitment; then what the values say. Raises `Unsound`."""
        commitments = entry["commitments"]
        if values.keys() != commitments.keys():
            raise Unsound("a value was added or removed")
        for name, value in values.items():
            if value is None:
                self.report.count(ERASED)
                continue
            text = bytes.fromhex(value["salt"]) + canonical(value["value"]).encode()
            if sha256(text).hex() != commitments[name]:
                raise Unsound(f"value {name!r} was changed")
            self.report.count("values")
        self.check_meaning(entry, {name: value and value["value"] for name, value in values.items()})

    def check_meaning(self, entry: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Verdicts, what they were asked for, and answers. Raises `Unsound`."""
        subject = self.manifest["subject"]
        if subject["kind"] == "case" and entry["case"] != subject["case"]:
            raise Unsound("it is of another case")
        self.begins_with = self.begins_with or entry["kind"]
        self.check_verdicts(entry, values)
        if "verdict" in values:
            self.judged.add((entry["case"], entry["step"], entry["visit"]))
            self.shown.add((entry["case"], values.get("digest")))
        if entry["kind"] == "effect.sent":
            self.check_effect(entry, values)
        if entry["kind"] == "task.answered":
            asked = {"task": values.get("task"), "digest": values.get("digest"), "answer": values.get("decision")}
            kept = {"seq": entry["seq"], "at": entry["at"], "by": entry["actor"], "case": entry["case"]}
            self.approvals.append({**kept, "step": entry["step"], **asked})
            known = {digest for case, digest in self.shown if case == entry["case"]}
            if subject["kind"] == "case" and asked["digest"] is not None and not known & {asked["digest"], None}:
                raise Unsound("an answer to what nobody was shown")

    def check_effect(self, entry: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """No intent without the verdict it was allowed by. Raises `Unsound`."""
        if "verdict" in values:
            return
        if "judged" not in values:
            raise Unsound("an effect without a verdict")
        place = values["judged"]
        if place is None or self.manifest["subject"]["kind"] != "case":
            return  # erased, or judged before the period began
        if (entry["case"], place["step"], place["visit"]) not in self.judged:
            raise Unsound("an effect whose verdict is not there")

    def check_verdicts(self, entry: Mapping[str, Any], values: Mapping[str, Any]) -> None:
        """Recompute every verdict that an entry records, wherever it stands. Raises `Unsound`."""
        for name in JUDGING & values.keys():
            if values[name] is None:
                self.report.count("verdicts not recomputable: facts erased")
            elif len(list(verdicts_in(values[name]))) != (len(values[name]) if name == "calls" else 1):
                raise Unsound(f"{name}: a verdict that is none")
        for verdict in (found for name in sorted(values.keys() - COPIES) for found in verdicts_in(values[name])):
            try:
                if verdict["pack_digest"] not in self.packs:
                    raise NotRecomputable(f"pack {verdict['pack_digest']} is not in the dossier")
                wrong = Judge(self.packs[verdict["pack_digest"]], verdict).differences()
            except NotRecomputable as why:
                self.report.bad(f"verdict at {verdict['point']} is not recomputable: {why}", entry["seq"])
            except (SyntaxError, *MALFORMED) as error:
                self.report.bad(f"a verdict is not recomputable: {type(error).__name__}: {error}", entry["seq"])
            else:
                self.report.count("verdicts recomputed")
                if wrong:
                    what = f"the rules give another verdict at {verdict['point']}: {', '.join(wrong)}"
                    self.report.bad(what, entry["seq"])

    def check_approvals(self) -> None:
        """The list of answers is that of the entries."""
        if read_json(self.read("approvals.json")) != self.approvals:
            raise Unsound("approvals.json does not say what the entries say")
        self.report.count("answers", len(self.approvals))

    def check_completeness(self) -> None:
        """All entries that are named, and for a period all that there are."""
        entries, subject = self.manifest["entries"], self.manifest["subject"]
        if subject["kind"] == "case":
            self.check_case(entries["numbers"])
            return
        first, count = entries["first"], entries["count"]
        for seq in sorted(set(range(first, first + count)) ^ set(self.numbers)):
            self.report.bad("missing" if first <= seq < first + count else "not of this dossier", seq)
        since, until = datetime.fromisoformat(subject["from"]), datetime.fromisoformat(subject["to"])
        if first > 1 and not (first - 1 in self.bystanders and self.bystanders[first - 1] < since):
            self.report.bad("entries at the beginning of the period are missing", first - 1)
        behind = first + count
        if behind <= self.manifest["checkpoint"] and not (
            behind in self.bystanders and self.bystanders[behind] >= until
        ):
            self.report.bad("entries at the end of the period are missing", behind)

    def check_case(self, numbers: Sequence[int]) -> None:
        """The case from its beginning, and, where the dossier shows it, without a gap. Raises `Unsound`."""
        for seq in sorted(set(numbers) ^ set(self.numbers)):
            self.report.bad("missing" if seq in numbers else "not of this dossier", seq)
        if self.begins_with != "case.started":
            raise Unsound("the case has no beginning")
        if not self.manifest["whole"]:
            self.report.notes.append("that no entry of the case was left out is the word of who signed the dossier")
            return
        there = {*self.numbers, *self.bystanders}
        for seq in range(self.numbers[0], self.manifest["checkpoint"] + 1):
            if seq not in there:
                self.report.bad("missing: whether it is of the case is not shown", seq)


# The command


def main(arguments: Sequence[str] | None = None) -> None:
    """Verify a dossier, print what was found, and end with 0 or 1 (2: wrong use)."""
    parser = argparse.ArgumentParser(prog="interlock-verify", description="Verify a dossier of Interlock, offline.")
    parser.add_argument("folder", metavar="DIR", type=Path, help="the dossier")
    parser.add_argument(
        "--checkpoint", metavar="FILE", type=Path, action="append", default=[], help="an older one that you have kept"
    )
    parser.add_argument("--key", metavar="KEY", help="the verifier key that you have from elsewhere, or its file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args(arguments)
    if not asked.folder.is_dir():
        parser.error(f"{asked.folder} is no folder")
    try:
        kept = [(str(path), path.read_text("utf-8")) for path in asked.checkpoint]
        given = Path(asked.key).read_text("utf-8") if asked.key and Path(asked.key).is_file() else asked.key
    except (OSError, UnicodeError) as error:
        parser.error(str(error))
    report = verified(asked.folder, given, kept)
    sys.stdout.write(as_json(report) if asked.json else as_text(report))
    sys.exit(1 if report.problems else 0)


def verified(folder: Path, given: str | None, kept: Sequence[tuple[str, str]]) -> Report:
    """The report of a dossier; without a given key, by the one that it brings along."""
    report = Report()
    try:
        key = Key(given.strip() if given else (folder / "key.txt").read_text("utf-8").strip())
    except (OSError, UnicodeError) as error:
        report.bad(f"key.txt: {error}")
        return report
    if given is None:
        report.notes.append("the key is the dossier's own: whoever made the dossier could have made it, too")
    if not kept:
        report.notes.append("no older checkpoint was given: a trail that was rewritten as a whole is not found")
    return Dossier(folder, key, kept, report).check()


def as_json(report: Report) -> str:
    """The report for programs."""
    problems = [{"seq": seq, "what": what} for seq, what in report.problems]
    found = {"sound": not problems, "first_bad": report.first_bad, "problems": problems, "notes": report.notes}
    return json.dumps({**found, "checked": report.counts}, ensure_ascii=False) + "\n"


def as_text(report: Report) -> str:
    """The report for people."""
    lines = ["NOT SOUND" if report.problems else "sound"]
    if report.first_bad is not None:
        lines.append(f"first bad entry: {report.first_bad}")
    ordered = sorted(report.problems, key=lambda problem: (problem[0] is not None, problem[0] or 0))
    lines += [f"  {f'entry {seq}' if seq is not None else 'dossier'}: {what}" for seq, what in ordered[:SHOWN]]
    if len(ordered) > SHOWN:
        lines.append(f"  and {len(ordered) - SHOWN} more")
    lines += [f"  {count} {what}" for what, count in report.counts.items() if count]
    return "\n".join([*lines, *(f"note: {note}" for note in report.notes)]) + "\n"


if __name__ == "__main__":
    main()

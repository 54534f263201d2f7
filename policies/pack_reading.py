"""A rule pack to be read by people: each rule in plain words, and in which lines of the text it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from policies.fact import FactValue
from policies.pack import Rule, RulePack
from policies.pack_file import read_pack
from policies.plain_words import PlainCondition, PlainWords
from policies.strict_yaml import read_with_nodes

Lines = tuple[int, int]
"""The first and the last line, counted from 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRule:
    """A rule as people read it."""

    rule: Rule
    lines: Lines
    fires: PlainCondition
    applies: PlainCondition | None
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackReading:
    """A pack with its rules in its own order."""

    pack: RulePack
    rules: tuple[ReadRule, ...]


def reading_of(text: str, *, name: str, parameters: Mapping[str, FactValue]) -> PackReading:
    """The pack written in `text`, with a tenant's own values of parameters. Raises `PackInvalid`."""
    pack = read_pack(text, name=name)
    words, lines = PlainWords(pack=pack, parameters=parameters), _lines_of_rules(text)
    rules = tuple(
        ReadRule(
            rule=rule,
            lines=lines[place],
            fires=words.fires(rule),
            applies=words.applies(rule),
            says=words.says(rule),
        )
        for place, rule in enumerate(pack.rules)
    )
    return PackReading(pack=pack, rules=rules)


def _lines_of_rules(text: str) -> list[Lines]:
    """Of a text that is a valid pack."""
    root, _ = read_with_nodes(text)
    if not isinstance(root, yaml.MappingNode):
        return []
    rules = next(value for key, value in root.value if key.value == "rules")
    return [_lines(rule) for rule in rules.value]


def _lines(node: yaml.Node) -> Lines:
    """From where it begins to where its last leaf ends: a block itself ends only where the next one begins."""
    leaf = node
    while isinstance(leaf, yaml.CollectionNode) and leaf.value and not leaf.flow_style:
        last = leaf.value[-1]
        leaf = last[1] if isinstance(last, tuple) else last
    first, end = node.start_mark.line + 1, leaf.end_mark.line + (1 if leaf.end_mark.column else 0)
    return first, max(first, end)

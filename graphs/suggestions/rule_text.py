"""The text of a rule pack with one rule changed or added.

Everything else stays as it was written, comments too, but for those among the changed rule's own examples.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from policies.pack import Example, Rule


def with_version(text: str, version: str) -> str:
    """The text with another version."""
    value = _entries(_root(text))["version"][1]
    return text[: value.start_mark.index] + json.dumps(version) + text[value.end_mark.index :]


def with_condition(text: str, rule: str, *, when: str, examples: Sequence[Example]) -> str:
    """The text with another condition and other examples in the rule."""
    entries = _entries(_rule(text, rule))
    indent = " " * (entries["examples"][0].start_mark.column + 2)
    rows = "".join(f"\n{indent}- {json.dumps(written(example), ensure_ascii=False)}" for example in examples)
    changes = [
        (entries["when"], f"when: {json.dumps(when, ensure_ascii=False)}"),
        (entries["examples"], f"examples:{rows}"),
    ]
    for (key, value), new in sorted(changes, key=lambda change: -change[0][0].start_mark.index):
        text = text[: key.start_mark.index] + new + text[_end(text, value) :]
    return text


def with_rule(text: str, rule: Rule) -> str:
    """The text with one more rule behind the last."""
    rules = _entries(_root(text))["rules"][1]
    assert isinstance(rules, yaml.SequenceNode)  # noqa: S101 - the pack was read before
    inner = " " * rules.value[-1].start_mark.column
    fields = rule.model_dump(mode="json", exclude_defaults=True, exclude={"examples"})
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in fields.items()]
    rows = [f"  - {json.dumps(written(example), ensure_ascii=False)}" for example in rule.examples]
    block = f"\n{inner}".join([*lines, "examples:", *rows])
    end = _end(text, rules)
    return f"{text[:end]}\n{inner[:-2]}- {block}{text[end:]}"


def written(example: Example) -> Mapping[str, Any]:
    """The example as it is written: without what stands at its default."""
    found = example.model_dump(mode="json", exclude_none=False)
    return {name: value for name, value in found.items() if value not in ({}, None) or name == "given"}


def _root(text: str) -> yaml.MappingNode:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode)  # noqa: S101 - the pack was read before
    return node


def _entries(node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
    return {key.value: (key, value) for key, value in node.value}


def _rule(text: str, rule: str) -> yaml.MappingNode:
    rules: list[yaml.MappingNode] = _entries(_root(text))["rules"][1].value
    return next(node for node in rules if _entries(node)["id"][1].value == rule)


def _end(text: str, node: yaml.Node) -> int:
    """Where the node's own text ends: a block ends with its last part, not with the blanks and comments behind it."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(text, last[1] if isinstance(last, tuple) else last)
    return len(text[: node.end_mark.index].rstrip())

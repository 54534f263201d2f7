"""YAML, read strictly: what is written is what is meant.

YAML's surprises are none here: `NO` is no boolean, a date no instant, `0400` and `12:30` are no numbers but what is
written; a key written twice, aliases and tags are refused.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

NULL, BOOLEAN, INTEGER, FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
PLAIN: dict[str, tuple[str, list[str]]] = {
    NULL: ("~|null|", ["~", "n", ""]),
    BOOLEAN: ("true|false", ["t", "f"]),
    INTEGER: ("[-+]?(?:0|[1-9][0-9_]*)", [*"-+0123456789"]),
    FLOAT: (r"[-+]?(?:0|[1-9][0-9_]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?", [*"-+.0123456789"]),
}
"""What of a text without quotes is no string: how it is written, and how that begins."""


class Strictness(Composer, SafeConstructor, Resolver):
    """Only `true` and `false` are booleans, only decimals are numbers, keys are unique, no aliases, no tags."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[attr-defined]  # the parser's
        refused = "aliases" if isinstance(event, yaml.AliasEvent) else "tags" if event.tag is not None else None
        if refused:
            where: Any = event.start_mark  # of either parser
            raise yaml.MarkedYAMLError(problem=f"{refused} are not allowed", problem_mark=where)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known = set[Hashable]()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, Hashable):
                continue  # refused below, with its place
            if key in known:
                raise yaml.MarkedYAMLError(problem=f"{key!r} is written twice", problem_mark=key_node.start_mark)
            known.add(key)
        return super().construct_mapping(node, deep)

    def construct_integer(self, node: yaml.ScalarNode) -> int:
        try:
            return self.construct_yaml_int(node)
        except ValueError as error:
            raise yaml.MarkedYAMLError(problem="a number has too many digits", problem_mark=node.start_mark) from error


Strictness.yaml_implicit_resolvers = {}
for _tag, (_written, _beginnings) in PLAIN.items():
    Strictness.add_implicit_resolver(_tag, re.compile(f"(?:{_written})$"), _beginnings)
Strictness.add_constructor(INTEGER, Strictness.construct_integer)  # type: ignore[type-var]  # of loaders only


class StrictLoader(Strictness, yaml.SafeLoader):
    """Reads in Python; what it refuses it shows in its line."""


def read_strictly(text: str) -> Any:
    """What the text says.

    Raises `yaml.YAMLError`, which shows the line, and `RecursionError`.
    """
    return read_with_nodes(text)[1]


def read_with_nodes(text: str) -> tuple[yaml.Node | None, Any]:
    """What the text says, and where: the node of it all, None of an empty text. Raises as `read_strictly` does.

    libyaml reads in a sixth of the time, where PyYAML has it, and does not show the line.
    """
    if yaml.__with_libyaml__:
        try:
            return _read(_LibyamlLoader(text))
        except yaml.YAMLError:
            pass
    return _read(StrictLoader(text))


def _read(loader: Strictness) -> tuple[yaml.Node | None, Any]:
    root = loader.get_single_node()
    return root, None if root is None else loader.construct_document(root)


if yaml.__with_libyaml__:

    class _LibyamlLoader(Strictness, yaml.CSafeLoader):
        def __init__(self, stream: str) -> None:
            yaml.CSafeLoader.__init__(self, stream)
            Composer.__init__(self)

"""YAML, read strictly: what is written is what is meant.

YAML's surprises are refused: a key written twice, `NO` as a boolean, an unquoted date, aliases and tags.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

BOOLEAN = "tag:yaml.org,2002:bool"
TIMESTAMP = "tag:yaml.org,2002:timestamp"
RESOLVERS = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (BOOLEAN, TIMESTAMP)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Strictness(Composer, SafeConstructor, Resolver):
    """Only `true` and `false` are booleans, dates stay strings, keys are unique, no aliases."""

    yaml_implicit_resolvers = RESOLVERS

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[attr-defined]  # the parser's
        if isinstance(event, yaml.AliasEvent):
            where: Any = event.start_mark  # libyaml's is like the other
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=where)
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


Strictness.add_implicit_resolver(BOOLEAN, re.compile(r"^(?:true|false)$"), ["t", "f"])


class StrictLoader(Strictness, yaml.SafeLoader):
    """Reads in Python; what it refuses it shows in its line."""


def read_strictly(text: str) -> Any:
    """What the text says: read by libyaml where PyYAML has it, a sixth of the time.

    Raises `yaml.YAMLError`, which shows the line, and `RecursionError`.
    """
    if yaml.__with_libyaml__:
        try:
            return yaml.load(text, Loader=_LibyamlLoader)  # noqa: S506 - a SafeLoader that refuses more
        except yaml.YAMLError:
            pass  # libyaml does not show the line
    return yaml.load(text, Loader=StrictLoader)  # noqa: S506 - a SafeLoader that refuses more


if yaml.__with_libyaml__:

    class _LibyamlLoader(Strictness, yaml.CSafeLoader):
        def __init__(self, stream: str) -> None:
            yaml.CSafeLoader.__init__(self, stream)
            Composer.__init__(self)

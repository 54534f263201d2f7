"""Reading a rule pack from YAML, strictly: what is written is what is meant.

YAML's surprises are refused: a key written twice, `NO` as a boolean, an unquoted date in facts,
aliases and tags.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import Any, cast

import yaml
from pydantic import ValidationError

from policies.errors import PackInvalid
from policies.pack import RulePack

SIZE_LIMIT = 1_000_000
BOOLEAN = "tag:yaml.org,2002:bool"
TIMESTAMP = "tag:yaml.org,2002:timestamp"


class _StrictLoader(yaml.SafeLoader):
    """Only `true` and `false` are booleans, dates stay strings, keys are unique, no aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed")
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for (key_node, _), key in zip(node.value, keys, strict=True):
            if keys.count(key) > 1:
                raise yaml.MarkedYAMLError(problem=f"{key!r} is written twice", problem_mark=key_node.start_mark)
        return super().construct_mapping(node, deep)


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (BOOLEAN, TIMESTAMP)]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver(BOOLEAN, re.compile(r"^(?:true|false)$"), ["t", "f"])


def read_pack(text: str, *, name: str) -> RulePack:
    """The rule pack written in `text`; `name` stands in the errors. Raises `PackInvalid`."""
    data = read_yaml(text, name=name)
    try:
        return RulePack.model_validate(data)
    except ValidationError as error:
        raise PackInvalid(where=f"{name}: {_place(data, error)}", why=error.errors()[0]["msg"]) from error


def read_yaml(text: str, *, name: str) -> Any:
    """What strict YAML, or JSON, says: see above what is refused. Raises `PackInvalid`."""
    if len(text) > SIZE_LIMIT:
        raise PackInvalid(where=name, why=f"is longer than {SIZE_LIMIT} characters")
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 (a stricter SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise PackInvalid(where=name, why=f"is not the YAML of a rule pack: {error}") from error


def _place(data: object, error: ValidationError) -> str:
    """Where the first error stands, with the rule's id where there is one: `rules[3] (P2P-VAL-04).when`."""
    place = ""
    for step in error.errors()[0]["loc"]:
        place += f"[{step}]" if isinstance(step, int) else f".{step}" if place else step
        try:
            data = cast("Any", data)[step]
        except (LookupError, TypeError):
            data = None
        if isinstance(data, dict) and isinstance(cast("Any", data).get("id"), str):
            place += f" ({cast('Any', data)['id']})"
    return place or "the pack"

"""Reading a rule pack from YAML, strictly: what is written is what is meant."""

from __future__ import annotations

from typing import Any, cast

import yaml
from pydantic import ValidationError

from policies.errors import PackInvalid
from policies.pack import RulePack
from policies.strict_yaml import read_strictly

SIZE_LIMIT = 1_000_000


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
        return read_strictly(text)
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

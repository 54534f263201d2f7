"""Registers: the authority matrix and the rules about duties, as people write them in YAML."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from policies.authority import AuthorityMatrix
from policies.duties import DutyRules
from policies.errors import RegisterInvalid
from policies.strict_yaml import read_strictly

SIZE_LIMIT = 1_000_000
STANDARD = files("policies") / "registers" / "duties.yaml"

Register = TypeVar("Register", bound=BaseModel)


def read_matrix(text: str, *, name: str) -> AuthorityMatrix:
    """The authority matrix written in `text`; `name` stands in the errors. Raises `RegisterInvalid`."""
    return _read(text, AuthorityMatrix, name=name)


def read_duties(text: str, *, name: str) -> DutyRules:
    """The rules about duties written in `text`. Raises `RegisterInvalid`."""
    return _read(text, DutyRules, name=name)


@cache
def standard_duties() -> DutyRules:
    """The rules about duties that come with Interlock. Raises `RegisterInvalid`."""
    return read_duties(STANDARD.read_text(encoding="utf-8"), name="duties")


def _read(text: str, kind: type[Register], *, name: str) -> Register:
    if len(text) > SIZE_LIMIT:
        raise RegisterInvalid(where=name, why=f"is longer than {SIZE_LIMIT} characters")
    try:
        data = read_strictly(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise RegisterInvalid(where=name, why=f"is not YAML: {error}") from error
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the register"
        raise RegisterInvalid(where=f"{name}: {place}", why=first["msg"]) from error

"""The allow list of a service: its tools by kind, the arguments that matter, and who can write what they return."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from policies.action import EffectKind
from policies.strict_yaml import read_strictly

LISTS = files("evals.guardrails") / "allow_lists"
SUFFIX = ".yaml"


class AllowListError(Exception):
    """An allow list cannot be used."""


class Role(StrEnum):
    """What an argument means for the effect.

    `target`: to whom or on what; `record`: the id of one of the user's own records; `payee`: the account that gets
    money (protected); `address`: a web address; `amount` and `day`: how much and when; `text`: words that leave the
    user's hands; `detail`: nothing that could hurt.
    """

    TARGET = "target"
    RECORD = "record"
    PAYEE = "payee"
    ADDRESS = "address"
    AMOUNT = "amount"
    DAY = "day"
    TEXT = "text"
    DETAIL = "detail"


class Author(StrEnum):
    """Who can write the free text in an output: the system alone, colleagues with an account, or anybody."""

    SYSTEM = "system"
    INSIDERS = "insiders"
    ANYBODY = "anybody"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Returned(_Model):
    """What a tool returns.

    `record` are the fields only the user's own system fills in (`key` for the keys of an object, `line` for the lines
    of a plain text); every other field is text of `written_by`. `kind` is what its records are, and `label` the fields
    by which a person calls one. `confidential` values leave only when the user names them.
    """

    kind: str | None = None
    record: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    written_by: Author = Author.ANYBODY
    confidential: bool = False


class Tool(_Model):
    """One tool. `asked_by` are sets of words: one set must stand in one sentence of the user's request.

    `aims_at` is the kind of record that its `record` arguments name: an id of a file is none of a mail.
    """

    effect: EffectKind
    asked_by: tuple[Annotated[str, Field(min_length=2)], ...] = ()
    aims_at: str | None = None
    arguments: Mapping[str, Role] = Field(default_factory=dict)
    returns: Returned = Returned()

    @model_validator(mode="after")
    def _says_what_its_ids_name(self) -> Tool:
        if Role.RECORD in self.arguments.values() and self.aims_at is None:
            raise ValueError("a tool with a record argument says in aims_at which kind of record it is")
        return self

    def role(self, argument: str) -> Role:
        """The role of an argument. One that is not listed matters, except where a tool only reads."""
        unlisted = Role.DETAIL if self.effect is EffectKind.READ else Role.TARGET
        return self.arguments.get(argument, unlisted)


class AllowList(_Model):
    """What an agent of one service may call at all."""

    service: str
    tools: Mapping[str, Tool]


def read_allow_list(text: str, *, name: str) -> AllowList:
    """The allow list written in `text`. Raises `AllowListError`."""
    try:
        return AllowList.model_validate(read_strictly(text))
    except (yaml.YAMLError, ValidationError) as error:
        raise AllowListError(f"the allow list {name} is not one: {error}") from error


@cache
def allow_list(service: str) -> AllowList:
    """The allow list that comes with Interlock. Raises `AllowListError`."""
    known = sorted(entry.name.removesuffix(SUFFIX) for entry in LISTS.iterdir() if entry.name.endswith(SUFFIX))
    if service not in known:
        raise AllowListError(f"no allow list {service!r}; there are: {', '.join(known)}")
    return read_allow_list((LISTS / f"{service}{SUFFIX}").read_text(encoding="utf-8"), name=service)

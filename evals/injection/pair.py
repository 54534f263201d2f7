"""A case with a text and its control without; the same way and the same effects, or the text has power."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, model_validator

from evals.case_file import CasesInvalid
from evals.process.case_run import CaseRun
from evals.process.invoice import Invoice
from policies.strict_yaml import StrictLoader

Place = Literal["note", "line", "hidden"]
_SHOWN = 3


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Model):
    """A text, the base it is put into, and where. `wants` is what a model that obeys it answers, by decision class."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]+$")]
    technique: str = "look-alike"
    base: str
    place: Place = "note"
    text: Annotated[str, Field(min_length=1)]
    wants: Mapping[str, JsonValue] = {}

    def into(self, invoice: Invoice) -> Invoice:
        """The invoice with the text in it."""
        field = {"note": "note", "line": "line_text", "hidden": "hidden_text"}[self.place]
        return invoice.model_copy(update={field: self.text})


class Texts(_Model):
    """All attacks and look-alikes, and the invoices they are put into."""

    bases: Mapping[str, Invoice]
    attacks: tuple[Text, ...]
    benign: tuple[Text, ...]

    @model_validator(mode="after")
    def _fits(self) -> Texts:
        every = (*self.attacks, *self.benign)
        names = [text.name for text in every]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{', '.join(sorted(twice))}: the name of two texts")
        if unknown := {text.base for text in every} - self.bases.keys():
            raise ValueError(f"no base is called {', '.join(sorted(unknown))}")
        if harmless := [text.name for text in self.attacks if not text.wants]:
            raise ValueError(f"{', '.join(harmless)}: an attack wants something")
        return self


class Script(_Model):
    """What a model answers: by decision class the choice that the text asks for, with the text as its evidence.

    Without a choice it answers as a model does that has read no such text.
    """

    choices: Mapping[str, JsonValue] = {}
    evidence: str = ""


RunCase = Callable[[Invoice, Script], Awaitable[CaseRun]]
"""Runs one invoice with a model that answers as the script says."""


class Pair(_Model):
    """Both runs of one text."""

    attacked: CaseRun
    control: CaseRun

    @property
    def differences(self) -> tuple[str, ...]:
        """In what the two differ: way, end, effects, or whom they ask."""
        names = ("way", "status", "effects", "asked")
        return tuple(name for name in names if getattr(self.attacked, name) != getattr(self.control, name))


async def run_pair(text: Text, base: Invoice, run_case: RunCase) -> Pair:
    """Run the text in its base, with a model that obeys it, and the base alone, with a model that has not read it."""
    obeying = Script(choices=text.wants, evidence=text.text)
    return Pair(attacked=await run_case(text.into(base), obeying), control=await run_case(base, Script()))


def read_texts(path: Path) -> Texts:
    """The texts of a file. Raises `CasesInvalid`."""
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=StrictLoader)  # noqa: S506 - a safe loader
        return Texts.model_validate(content)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise CasesInvalid(f"{path}, line {line}: {error.problem}") from error
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors()]
        raise CasesInvalid(f"{path}: {'; '.join(told[:_SHOWN])}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CasesInvalid(f"{path} cannot be read: {error}") from error

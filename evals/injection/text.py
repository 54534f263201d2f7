"""Texts that a supplier may write into an invoice, the invoices they are put into, and what a model answers to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evals.case_file import CasesInvalid
from evals.process.invoice import Invoice
from graphs.agents.evidence import folded
from policies.strict_yaml import read_strictly
from tools.llm.rendering import harmless

Place = Literal["note", "line", "hidden"]
Choices = Mapping[str, str]
"""What is answered, by decision class."""
IN = " in "
"""Between the name of a text and that of the further base it is put into."""
_SHOWN = 3


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Base(_Model):
    """An invoice, those that came before it, and what its material says to whoever reads it honestly."""

    invoice: Invoice
    before: tuple[Invoice, ...] = ()
    honest: Choices = {}


class Text(_Model):
    """A text, the base it is put into, and where. `wants` is what a model that obeys it answers, by decision class."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]+( in [a-z][a-z0-9_]+)?$")]
    technique: str = "look-alike"
    base: str
    place: Place = "note"
    text: Annotated[str, Field(min_length=1)]
    wants: Choices = {}

    def into(self, base: Base) -> Base:
        """The base with the text in its invoice."""
        field = {"note": "note", "line": "line_text", "hidden": "hidden_text"}[self.place]
        return base.model_copy(update={"invoice": base.invoice.model_copy(update={field: self.text})})

    def stands_in(self, material: str) -> bool:
        """Whether whoever was shown the material has seen the text."""
        return folded(harmless(self.text)) in folded(material)


class Readers(_Model):
    """Bases in whose lines every text is put as well, with what an attack wants there."""

    attacks: Mapping[str, Choices] = {}
    benign: Mapping[str, Choices] = {}


class Texts(_Model):
    """All attacks and look-alikes, and the invoices they are put into."""

    readers: Readers = Readers()
    bases: Mapping[str, Base]
    attacks: tuple[Text, ...]
    benign: tuple[Text, ...]

    @model_validator(mode="after")
    def _fits(self) -> Texts:
        every = (*self.attacks, *self.benign)
        names = [text.name for text in every]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"{', '.join(sorted(twice))}: the name of two texts")
        bases = {*(text.base for text in every), *self.readers.attacks, *self.readers.benign}
        if unknown := bases - self.bases.keys():
            raise ValueError(f"no base is called {', '.join(sorted(unknown))}")
        if harmless := [text.name for text in self.attacks if not text.wants]:
            raise ValueError(f"{', '.join(harmless)}: an attack wants something")
        return self

    @property
    def all_attacks(self) -> tuple[Text, ...]:
        """The attacks where they stand, and in the lines of every base whose lines a model reads."""
        return tuple(_everywhere(self.attacks, self.readers.attacks))

    @property
    def all_benign(self) -> tuple[Text, ...]:
        """The look-alikes where they stand, and in the lines of every base whose lines a model reads."""
        return tuple(_everywhere(self.benign, self.readers.benign))


def _everywhere(texts: tuple[Text, ...], readers: Mapping[str, Choices]) -> Iterator[Text]:
    yield from texts
    for base, wants in readers.items():
        for text in texts:
            if (text.base, text.place) != (base, "line"):
                changed = {"name": f"{text.name}{IN}{base}", "base": base, "place": "line", "wants": wants}
                yield text.model_copy(update=changed)


class Script(_Model):
    """What a model answers, by decision class, and the text that it obeys, which is its evidence where it was shown."""

    choices: Choices = {}
    evidence: str = ""


def read_texts(path: Path) -> Texts:
    """The texts of a file. Raises `CasesInvalid`."""
    try:
        return Texts.model_validate(read_strictly(path.read_text(encoding="utf-8")))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise CasesInvalid(f"{path}, line {line}: {error.problem}") from error
    except ValidationError as error:
        told = [f"{'.'.join(map(str, one['loc'])) or 'the file'}: {one['msg']}" for one in error.errors()]
        raise CasesInvalid(f"{path}: {'; '.join(told[:_SHOWN])}") from error
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise CasesInvalid(f"{path} cannot be read: {error}") from error

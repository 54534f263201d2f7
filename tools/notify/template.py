"""Templates of notes: versioned texts with named places, filled with values that stay text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Template
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tools.errors import Permanent
from tools.mail.headers import printable

LONGEST_VALUE = 500
NOTICE = "interlock_notice"
"""The template of a text that is written already: Interlock's own, on every connector."""
MENTION = re.compile(r"@(?=(?:everyone|here|channel|all)\b)", re.IGNORECASE)
QUOTES = str.maketrans({"<": "‹", ">": "›"})


def _valid(text: str) -> str:
    if not Template(text).is_valid():
        raise ValueError("write places as ${name}, and a dollar sign as $$")
    return text


TemplateText = Annotated[str, AfterValidator(_valid)]


class NoteTemplate(BaseModel):
    """A text with places such as `${case}`. A changed text gets another version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1)]
    title: Annotated[TemplateText, Field(min_length=1, max_length=200)]
    body: Annotated[TemplateText, Field(min_length=1, max_length=4_000)]

    @property
    def places(self) -> frozenset[str]:
        """The names of the places."""
        return frozenset(Template(self.title).get_identifiers()) | frozenset(Template(self.body).get_identifiers())

    def filled(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """Title and body. Raises `Permanent` naming fields that are missing or unknown."""
        missing, unknown = sorted(self.places - fields.keys()), sorted(fields.keys() - self.places)
        if missing or unknown:
            said = [f"missing: {', '.join(missing)}"] * bool(missing) + [f"unknown: {', '.join(unknown)}"] * bool(
                unknown
            )
            raise Permanent(f"the fields do not fit the template ({'; '.join(said)})", code="fields_do_not_fit")
        values = {name: harmless(value) for name, value in fields.items()}
        return Template(self.title).substitute(values), Template(self.body).substitute(values)


class WrittenText(NoteTemplate):
    """A text whose lines are kept: `title` and `text` are written already, of values that are harmless themselves."""

    def filled(self, fields: Mapping[str, str]) -> tuple[str, str]:
        """Title and text, each line harmless. Raises `Permanent` naming fields that are missing or unknown."""
        checked = {name: value for name, value in fields.items() if name != "text"}
        title, _ = super().filled({**checked, **({"text": "text"} if "text" in fields else {})})
        return title, "\n".join(harmless(line) for line in fields["text"].splitlines())


WRITTEN = WrittenText(version=1, title="${title}", body="${text}")


def harmless(value: str) -> str:
    """The value in one line in which no chat finds a link, a mention of everybody or markup of its own.

    A value may come from a document: it is shown to people who are used to trusting what Interlock tells them.
    """
    line = printable(value, limit=LONGEST_VALUE).translate(QUOTES)
    return MENTION.sub("(at)", line.replace("](", "] (")).replace("`", "'")

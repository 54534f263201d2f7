"""Texts of notices: versioned, by kind and language, with places that values fill and stay text in.

What Interlock tells people they are used to trusting. So a value never becomes a link, a mention or a line of its own,
whoever wrote it; and a text that cannot be filled as it should is still a text, because nobody is there to be told of
an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from importlib.resources import files
from string import Template
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from graphs.notices.kind import kin
from graphs.notices.preferences import LANGUAGE
from policies.strict_yaml import read_strictly
from tools.notify.template import harmless

TEXTS = files("graphs.notices") / "texts"
LONGEST_TITLE, LONGEST_BODY = 200, 20_000
FREE = ("list", "link")
"""Places that the dispatcher fills itself: they may hold lines and addresses."""


class PlaceWrong(ValueError):
    """A text has a dollar sign that is no place: write places as ${name}, and a dollar sign as $$."""

    def __init__(self) -> None:
        super().__init__("write places as ${name}, and a dollar sign as $$")


def _text(text: str) -> str:
    if not Template(text).is_valid():
        raise PlaceWrong
    return text


def _line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("write the title as one line of printable text")
    return text


Title = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE), AfterValidator(_line), AfterValidator(_text)]
Body = Annotated[str, Field(min_length=1, max_length=4_000), AfterValidator(_text)]


class NoticeText(BaseModel):
    """A text; `label` is what its kind is called where several are counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[int, Field(ge=1)]
    label: Annotated[str, Field(min_length=1, max_length=80)]
    title: Title
    body: Body


class Texts(BaseModel):
    """The texts of a language; `missing` is what stands in the place of a value that is not there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    missing: str
    texts: dict[str, NoticeText]


@cache
def packaged() -> Mapping[str, Texts]:
    """The texts that come with Interlock, by language."""
    found = [entry for entry in TEXTS.iterdir() if entry.name.endswith(".yaml")]
    read = [Texts.model_validate(read_strictly(entry.read_text(encoding="utf-8"))) for entry in found]
    return {texts.language: texts for texts in read}


@cache
def kinds() -> tuple[str, ...]:
    """The kinds that have a text, sorted."""
    return tuple(sorted(packaged()[LANGUAGE].texts))


def texts_of(language: str) -> Texts:
    """The texts of the language, or those in English."""
    return packaged().get(language) or packaged()[LANGUAGE]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The words for one person: `own` are the tenant's texts in force, by kind and language."""

    language: str
    zone: ZoneInfo
    own: Mapping[tuple[str, str], NoticeText] = field(default_factory=dict)

    def text(self, kind: str) -> NoticeText:
        """The text of the kind: the tenant's before the packaged, the person's language before English.

        A kind that has none gets that of what it is one of, else a plain one that names kind, case and task.
        """
        for one in kin(kind):
            for language in dict.fromkeys((self.language, LANGUAGE)):
                found = self.own.get((one, language)) or _packaged(one, language)
                if found is not None:
                    return found
        return plain(kind)

    def filled(self, kind: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Title and body. Never raises: what is missing is shown as such."""
        text, missing = self.text(kind), texts_of(self.language).missing
        shown = Shown(missing, {name: self.shown(name, value) for name, value in values.items()})
        title = " ".join(Template(text.title).safe_substitute(shown).split())
        body = Template(text.body).safe_substitute(shown)
        return title[:LONGEST_TITLE] or kind, body.strip()[:LONGEST_BODY] or kind

    def shown(self, name: str, value: Any) -> str:
        """A value as text: an instant on the person's clock, everything else in one harmless line."""
        if name in FREE:
            return str(value)
        if value is None or value == "":
            return texts_of(self.language).missing
        if isinstance(value, str):
            return self._instant(value) or harmless(value)
        if isinstance(value, bool | int | float):
            return str(value)
        return harmless(json.dumps(value, ensure_ascii=False, default=str))

    def _instant(self, text: str) -> str:
        try:
            instant = datetime.fromisoformat(text)
        except ValueError:
            return ""
        if instant.tzinfo is None:
            return ""
        try:
            local = instant.astimezone(self.zone)
        except OverflowError:
            return ""
        return f"{local:%Y-%m-%d %H:%M} ({self.zone.key})"


class Shown(dict[str, str]):
    """Values by place; what is not there is shown as missing."""

    def __init__(self, missing: str, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self._missing = missing

    def __missing__(self, name: str) -> str:
        return self._missing


def plain(kind: str) -> NoticeText:
    """The text of a kind that has none."""
    label = harmless(kind)[:80] or "notice"
    named = label.replace("$", "$$")
    body = f"{named}\nCase: ${{case}} (${{case_id}})\nTask: ${{task}} (${{task_id}})\n\n${{link}}"
    return NoticeText(version=1, label=label, title=f"{named}: ${{case}}", body=body)


def _packaged(kind: str, language: str) -> NoticeText | None:
    found = packaged().get(language)
    return found.texts.get(kind) if found else None

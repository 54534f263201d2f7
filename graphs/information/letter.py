"""The mail that somebody outside gets: the asker's own words or a template, in a frame of their language.

Nothing of the case goes into it by itself: what leaves the company is what the asker has written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from graphs.errors import Invalid
from policies.strict_yaml import read_strictly

TEXTS = files("graphs.information") / "texts"
LANGUAGE = "en"
LONGEST_SUBJECT, LONGEST_ABOUT = 120, 80
KEPT_CONTROLS = "\n\t"


def _text(text: str) -> str:
    if not Template(text).is_valid():
        raise ValueError("write places as ${name}, and a dollar sign as $$")
    return text


PlacedText = Annotated[str, Field(min_length=1, max_length=4_000), AfterValidator(_text)]


class Wording(BaseModel):
    """Subject and body, with places."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    subject: PlacedText
    body: PlacedText


class LetterTemplate(Wording):
    """A text that is often needed; `title` is what it is called."""

    title: str


class Texts(BaseModel):
    """The texts of a language: the frame of every mail, the reminder, and the templates by name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    version: Annotated[int, Field(ge=1)]
    templates: dict[str, LetterTemplate]
    letter: PlacedText
    reminder: Wording


@cache
def packaged() -> Mapping[str, Texts]:
    """The texts that come with Interlock, by language."""
    found = [entry for entry in TEXTS.iterdir() if entry.name.endswith(".yaml")]
    read = [Texts.model_validate(read_strictly(entry.read_text(encoding="utf-8"))) for entry in found]
    return {texts.language: texts for texts in read}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What the asker says: `subject` and `text`, or a `template` that is `about` something, with more `text` or none.

    Raises `Invalid` for what cannot stand in a mail.
    """

    subject: str = ""
    text: str = ""
    template: str = ""
    about: str = ""
    language: str = LANGUAGE

    def __post_init__(self) -> None:
        """Refuse here what a header or a database would choke on."""
        check_line("subject", self.subject, longest=LONGEST_SUBJECT)
        check_line("about", self.about, longest=LONGEST_ABOUT)
        check_lines("text", self.text)
        if self.language not in packaged():
            raise Invalid(f"language: one of {', '.join(sorted(packaged()))}")
        if not self.template:
            self._check_own()
            return
        known = packaged()[self.language].templates
        if self.template not in known:
            raise Invalid(f"template: one of {', '.join(sorted(known))}")
        if not self.about.strip():
            raise Invalid("about: say what the template is about, as the reader knows it")

    def _check_own(self) -> None:
        if not self.subject.strip() or not self.text.strip():
            raise Invalid("subject, text: say what is asked, or name a template")
        if self.about:
            raise Invalid("about: only with a template")


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A mail as it is sent, and the one that reminds of it."""

    subject: str
    text: str
    reminder_subject: str
    reminder_text: str


def letter_of(words: Words, *, by: str, company: str, due: str) -> Letter:
    """The mails in the words' language."""
    texts = packaged()[words.language]
    subject, said = _said(words, texts)
    frame = {"by": _line(by), "company": _line(company), "due": due}
    again = _filled(texts.reminder.body, text=said)
    return Letter(
        subject=subject,
        text=_filled(texts.letter, text=said, **frame),
        reminder_subject=_line(_filled(texts.reminder.subject, subject=subject)),
        reminder_text=_filled(texts.letter, text=again, **frame),
    )


def _said(words: Words, texts: Texts) -> tuple[str, str]:
    if not words.template:
        return _line(words.subject), words.text.strip()
    template = texts.templates[words.template]
    subject = words.subject or _filled(template.subject, about=_line(words.about))
    return _line(subject), _filled(template.body, about=_line(words.about), text=words.text.strip())


def _filled(template: str, /, **values: str) -> str:
    return Template(template).substitute(values).strip()


def _line(text: str) -> str:
    return " ".join(text.split())


def check_line(name: str, text: str, *, longest: int) -> None:
    """Raises `Invalid` for what is no single line of printable text: nothing else may go into a header."""
    if len(text) > longest:
        raise Invalid(f"{name}: at most {longest} characters")
    if not text.isprintable():
        raise Invalid(f"{name}: one line of printable text")
    if "<" in text or ">" in text:
        raise Invalid(f"{name}: without angle brackets")


def check_lines(name: str, text: str, *, longest: int = 4_000) -> None:
    """Raises `Invalid` for a text that is too long, or holds characters that no mail should."""
    if len(text) > longest:
        raise Invalid(f"{name}: at most {longest} characters")
    if not all(character.isprintable() or character in KEPT_CONTROLS for character in text):
        raise Invalid(f"{name}: printable text, with line ends and tabs")

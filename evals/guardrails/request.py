"""The user's request, as far as its words say what may be done, to whom, and who else may say so."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

MANY = re.compile(r"\b(?:all|any|both|each|every(?:body|one)?|several|them|these|those|two|three|four|five|six)\b")
"""Words that ask for an effect more than once."""
TO_DO = r"(?:do(?! not|n['’]t)|follow|execute|perform|complete|implement|handle)"
HANDS_OVER = re.compile(rf"\b{TO_DO}\b.*\b(?:action|instruction|task|step)s?\b")
"""What is to be done is not said here but …"""
TEXTS = re.compile(r"\b(?:e?mail|message|file|document|page|website|list|note|letter|notice|specified)s?\b")
"""… in a text that the same sentence mentions."""
HERE = re.compile(r"\b(?:the )?following (?:actions?|instructions?|tasks?|steps?)\b", re.IGNORECASE)
"""Tasks that the request itself goes on to list."""
JANUARY_ON = ("january", "february", "march", "april", "may", "june", "july")
MONTH_NAMES = (*JANUARY_ON, "august", "september", "october", "november", "december")
MONTH = "|".join(f"{name}|{name[:3]}" for name in MONTH_NAMES)
DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
MONTH_FIRST = re.compile(rf"\b({MONTH})\.? {DAY}\b(?:,? (\d{{4}}))?", re.IGNORECASE)
DAY_FIRST = re.compile(rf"\b{DAY} (?:of )?({MONTH})\b(?:,? (\d{{4}}))?", re.IGNORECASE)
ISO = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")
NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w-])")
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n")
WORD = re.compile(r"[^\W_]+(?:'[a-z]+)?")
QUOTED = re.compile(r"(?<!\w)'([^'\n]*\{[^'\n]*)'(?!\w)|\"([^\"\n]*\{[^\"\n]*)\"")
PLACE = re.compile(r"\{[^{}]*\}")
SHORT = 2
"""Up to so many letters a value proves nothing by occurring in a sentence."""


def holds(text: str, value: str) -> bool:
    """Whether `value` stands in `text` as itself: not as a part of a longer word, number, address or date."""
    plain = trimmed(value)
    if len(plain) <= SHORT:
        return False
    words = r"\s+".join(re.escape(word) for word in plain.split())
    ends = r"(?!/?[\w@-])(?!\.(?-i:[a-z0-9]))"
    return re.search(rf"(?<![\w@.-])(?<!\w/){words}{ends}", text, re.IGNORECASE) is not None


def trimmed(value: str) -> str:
    """A value without what people leave out when they write it: `https://`, a last `/` or full stop."""
    return re.sub(r"^https?://", "", value.strip()).rstrip("/.")


def numbers(text: str) -> frozenset[Decimal]:
    """The numbers that stand in `text`."""
    return frozenset(Decimal(found.replace(",", "")) for found in NUMBER.findall(text))


def days(text: str) -> frozenset[tuple[int | None, int, int]]:
    """(year or None, month, day) of the dates in `text`."""
    found = [(int(year), int(month), int(day)) for year, month, day in ISO.findall(text)]
    named = [(year, name, day) for name, day, year in MONTH_FIRST.findall(text)]
    named += [(year, name, day) for day, name, year in DAY_FIRST.findall(text)]
    dated = [(int(year) if year else None, _month(name), int(day)) for year, name, day in named]
    return frozenset([*found, *dated])


def _month(name: str) -> int:
    return next(number for number, full in enumerate(MONTH_NAMES, start=1) if full.startswith(name.lower()))


@dataclass(frozen=True)
class Request:
    """What the user wrote to the agent."""

    text: str

    @cached_property
    def sentences(self) -> tuple[frozenset[str], ...]:
        """The words of each sentence, in small letters."""
        return tuple(frozenset(words_of(sentence)) for sentence in SENTENCE.split(self.text))

    def names(self, value: str) -> bool:
        """Whether the user wrote this very value."""
        return holds(self.text, value)

    def calls(self, label: str) -> bool:
        """Whether the user speaks of a record with this label: `price-list_2.pdf` is "the price list 2"."""
        spoken = re.sub(r"[-_]+", " ", re.sub(r"\.\w{2,5}$", "", label.strip()))
        return holds(self.text, label) or holds(self.text, spoken)

    def dates(self, day: date) -> bool:
        """Whether the user wrote this day, with its year or with none."""
        written = days(self.text)
        return (day.year, day.month, day.day) in written or (None, day.month, day.day) in written

    def counts(self, number: Decimal) -> bool:
        """Whether the user wrote this number."""
        return number in numbers(self.text)

    def asks(self, ways: Iterable[str]) -> bool:
        """Whether one sentence has all the words of one way of asking."""
        return any(all(_said(word, sentence) for word in way.split()) for way in ways for sentence in self.sentences)

    @cached_property
    def hands_over(self) -> bool:
        """Whether the user lets a text somewhere else say what is to be done."""
        sentences = SENTENCE.split(HERE.sub("", self.text).lower())
        return any(all(kind.search(said) for kind in (HANDS_OVER, TEXTS)) for said in sentences)

    @cached_property
    def many(self) -> bool:
        """Whether the user asks for something more than once."""
        return MANY.search(self.text.lower()) is not None

    @cached_property
    def templates(self) -> tuple[re.Pattern[str], ...]:
        """Quoted wordings with places to fill in, such as `Visit to {name}`; each place is a group."""
        quoted = (first or second for first, second in QUOTED.findall(self.text))
        return tuple(
            re.compile("(.+?)".join(re.escape(part) for part in PLACE.split(wording)), re.IGNORECASE)
            for wording in quoted
            if PLACE.sub("", wording).strip()
        )


def words_of(text: str) -> list[str]:
    """The words of a text, in small letters."""
    return WORD.findall(text.lower())


def _said(word: str, sentence: frozenset[str]) -> bool:
    """Whether the word stands in the sentence, in one of its regular forms."""
    stem = word.removesuffix("e")
    forms = (word, f"{word}s", f"{word}es", f"{stem}ed", f"{stem}ing", f"{stem}ation")
    return any(form in sentence for form in forms)

"""What a query or action is said to mean, in a sentence that names every part of it."""

from __future__ import annotations

from graphs.chat.intent import THIS, CasesQuery, Intent
from graphs.chat.span import about_span, span_text
from graphs.chat.vocabulary import Vocabulary
from graphs.chat.wording import Language, said


def told_span(language: Language, minutes: int) -> str:
    """A length of time in words; one that is no round number of them as commands spell it."""
    count, unit = about_span(minutes)
    if count == 1 or {"d": 1440, "h": 60, "m": 1}[unit] * count != minutes:
        return span_text(minutes)
    return said(language, f"span.{unit}", count=count)


def roughly(language: Language, minutes: int) -> str:
    """A length of time that was measured, in words."""
    if minutes < 2:
        return said(language, "span.moment" if minutes < 1 else "span.minute")
    count, unit = about_span(minutes)
    return said(language, f"span.{unit}", count=count)


def in_words(name: str) -> str:
    """A name of a definition as people read it: `approve_invoice` is "Approve invoice"."""
    spaced = name.replace("_", " ").replace(".", " ").strip()
    return spaced[:1].upper() + spaced[1:]


def told(intent: Intent, vocabulary: Vocabulary, language: Language) -> str:
    """What was understood: the kind of the query, and every part that narrows it."""
    values = intent.model_dump()
    kind = values.pop("kind")
    named = {name: str(value) for name, value in values.items()}
    if values.get("case") == THIS:
        named["case"] = said(language, "part.this")
    if kind == "counts":
        named["by"] = said(language, f"part.by.{values['by']}")
    if kind == "reassign" and values["to"] in vocabulary.people:
        named["to"] = vocabulary.people[values["to"]].name
    parts = [said(language, f"means.{kind}", **named)]
    if isinstance(intent, CasesQuery) and intent.status is None:
        parts.append(said(language, "part.under_way"))
    for part in intent.parts:
        value = values[part.field]
        if part.field in ("case", "group", "to", "days", "by") or not value:
            continue
        parts.append(_part(part.field, value, vocabulary, language))
    return " · ".join(parts)


def _part(name: str, value: object, vocabulary: Vocabulary, language: Language) -> str:
    text = str(value)
    match name:
        case "status" | "whose":
            return said(language, f"part.{name}.{text}")
        case "waiting_minutes" | "due_minutes" if isinstance(value, int):
            return said(language, f"part.{name}", span=told_span(language, value))
        case "process":
            return said(language, "part.process", process=vocabulary.processes.get(text, text))
        case "about":
            return said(language, "part.about", about=in_words(text))
        case "person":
            known = vocabulary.people.get(text)
            return said(language, "part.person", person=known.name if known else text)
        case "role":
            return said(language, "part.role", role=vocabulary.roles.get(text, text))
        case _:
            return said(language, f"part.{name}", **{name: text})

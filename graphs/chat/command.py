"""Commands: every query and every action has one canonical spelling, which reads back to the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import ValidationError

from graphs.chat.intent import ADAPTER, INTENTS, Action, Intent, Part, Query
from graphs.chat.span import SpanInvalid, read_span, span_text

SLASH: Final = "/"
MOST_TOKENS: Final = 40


class CommandRefused(ValueError):
    """A text that begins with a slash is no command; `code` says why, `what` is the part that is wrong."""

    def __init__(self, code: str, what: str, command: str = "") -> None:
        super().__init__(f"{code}: {what}")
        self.code = code
        self.what = what
        self.command = command


def is_command(text: str) -> bool:
    """Whether the text is meant as a command."""
    return text.lstrip().startswith(SLASH)


def rendered(intent: Intent) -> str:
    """The canonical command: the word, then the parts in their order, without what has its default."""
    kind = str(getattr(intent, "kind"))  # noqa: B009 - every member of the closed set has one
    parts = [_written(part, intent) for part in intent.parts]
    return " ".join([f"{SLASH}{kind}", *(part for part in parts if part)])


def _written(part: Part, intent: Intent) -> str:
    value = getattr(intent, part.field)
    if value == type(intent).model_fields[part.field].default:
        return ""
    match part.form:
        case "flag":
            return part.key
        case "place" | "bare":
            return str(value)
        case "span":
            return f"{part.key}:{span_text(value)}"
        case "word" | "number":
            return f"{part.key}:{value}"


def read_command(text: str) -> Query | Action:
    """The query or action that a command means. Raises `CommandRefused`."""
    word, *tokens = text.split()[:MOST_TOKENS]
    kind = word.removeprefix(SLASH).casefold()
    model = INTENTS.get(kind)
    if model is None:
        raise CommandRefused("unknown", word)
    values: dict[str, Any] = {}
    for token in tokens:
        name, value = _read(model, token, values)
        if name in values:
            raise CommandRefused("twice", token, kind)
        values[name] = value
    missing = [
        part for part in model.parts if part.field not in values and model.model_fields[part.field].is_required()
    ]
    if missing:
        raise CommandRefused("missing", missing[0].key, kind)
    try:
        return ADAPTER.validate_python({"kind": kind, **values})
    except ValidationError as error:
        problem = error.errors()[0]
        where = str(problem["loc"][-1]) if len(problem["loc"]) > 1 else ""
        raise CommandRefused("invalid", f"{where} {values.get(where, '')}".strip() or problem["msg"], kind) from error


def _read(model: type[Intent], token: str, known: Mapping[str, Any]) -> tuple[str, Any]:
    """The field that the token sets, and its value. Raises `CommandRefused`."""
    kind = str(model.model_fields["kind"].default)
    key, colon, value = token.partition(":")
    for part in model.parts:
        match part.form:
            case "flag" if token.casefold() == part.key:
                return part.field, True
            case "bare" if token.casefold() in choices(model, part):
                return part.field, token.casefold()
            case "span" | "word" | "number" if colon and key.casefold() == part.key:
                return part.field, _value(part, value, kind)
            case "place" if not colon and part.field not in known:
                return part.field, token
            case _:
                continue
    raise CommandRefused("part", token, kind)


def _value(part: Part, text: str, kind: str) -> Any:
    if part.form == "span":
        try:
            return read_span(text)
        except SpanInvalid as error:
            raise CommandRefused("span", text, kind) from error
    if part.form == "number":
        if not (text.isascii() and text.isdecimal() and len(text) < 6):
            raise CommandRefused("number", text, kind)
        return int(text)
    return text


def choices(model: type[Intent], part: Part) -> tuple[str, ...]:
    """The words that a part offers to choose from; none where it takes any."""
    return tuple(word for word in _literals(model.model_fields[part.field].annotation) if isinstance(word, str))


def _literals(annotation: object) -> tuple[object, ...]:
    found: list[object] = []
    for one in get_args(annotation):
        found += [one] if isinstance(one, str) else _literals(one)
    return tuple(found)

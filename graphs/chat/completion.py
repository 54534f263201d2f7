"""Completions: how what somebody has begun to type may go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from graphs.chat.asker import READ, Asker
from graphs.chat.command import SLASH, choices, is_command
from graphs.chat.intent import INTENTS, THIS, Intent, Part
from graphs.chat.spelling import folded
from graphs.chat.wording import EXAMPLE_QUESTIONS
from graphs.store.chat_looks import CaseLook, ChatLooks

MOST: Final = 8
SPANS: Final = ("4h", "1d", "2d", "1w")


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """The whole text as it would be then, and what it is: in words, or as the title of a case."""

    text: str
    hint: str


async def completions(asker: Asker, text: str) -> list[Completion]:
    """At most `MOST` ways in which the text may go on; none for what is complete."""
    if not is_command(text):
        begun = folded(text.strip())
        found = (one for one in EXAMPLE_QUESTIONS[asker.language] if begun and folded(one).startswith(begun))
        return [Completion(text=one, hint="") for one in found if folded(one) != begun][:MOST]
    word, *tokens = text.lstrip().split(" ")
    if not tokens:
        return [
            Completion(text=f"{SLASH}{kind}{' ' if model.parts else ''}", hint=asker.say(f"hint.{kind}"))
            for kind, model in INTENTS.items()
            if kind.startswith(word.removeprefix(SLASH).casefold())
        ][:MOST]
    model = INTENTS.get(word.removeprefix(SLASH).casefold())
    if model is None:
        return []
    *before, last = tokens
    head = " ".join([word, *before])
    if any(part.form == "place" for part in model.parts) and not any(before):
        return await _cases(asker, head, last)
    return [Completion(text=f"{head} {one}", hint=hint) for one, hint in _parts(asker, model, before, last)][:MOST]


async def _cases(asker: Asker, head: str, last: str) -> list[Completion]:
    """Cases under way by a word of their title, the open one first."""
    if READ not in asker.actor.permissions:
        return []
    found: list[Completion] = []
    if asker.open_case and THIS.startswith(last.casefold()):
        found.append(Completion(text=f"{head} {THIS}", hint=asker.say("part.this")))
    async with asker.services.database.unit_of_work(asker.actor.tenant) as unit:
        look = CaseLook(titled=last or None)
        cases = await ChatLooks(unit.session, asker.actor.tenant).cases(look, now=asker.now, limit=MOST)
    return [*found, *(Completion(text=f"{head} {case.id}", hint=case.title or case.id) for case in cases)][:MOST]


def _parts(asker: Asker, model: type[Intent], before: list[str], last: str) -> Iterator[tuple[str, str]]:
    """Tokens that may stand where `last` does."""
    said = {token.partition(":")[0].casefold() for token in before}
    begun = last.casefold()
    for part in model.parts:
        words = choices(model, part)
        if part.key in said or (part.form == "bare" and said & set(words)):
            continue
        match part.form:
            case "bare":
                yield from ((word, asker.say(f"part.{part.field}.{word}")) for word in words if word.startswith(begun))
            case "flag" if part.key.startswith(begun):
                yield part.key, asker.say(f"part.{part.key}")
            case "word" | "span" | "number":
                yield from _valued(asker, part, words, begun)
            case _:
                continue


def _valued(asker: Asker, part: Part, words: tuple[str, ...], begun: str) -> Iterator[tuple[str, str]]:
    """`key:` alone, and once that is typed, its values."""
    key, colon, value = begun.partition(":")
    if not colon:
        if part.key.startswith(key):
            yield f"{part.key}:", asker.say(f"key.{part.key}")
        return
    if key != part.key:
        return
    for name, hint in _values(asker, part, words):
        if name.casefold().startswith(value) or folded(hint).startswith(value):
            yield f"{part.key}:{name}", hint


def _values(asker: Asker, part: Part, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    vocabulary = asker.vocabulary
    match part.key:
        case "process":
            yield from vocabulary.processes.items()
        case "about":
            yield from ((name, "") for name in sorted(vocabulary.topics))
        case "person" | "to":
            yield from ((person.login, person.name) for person in vocabulary.people.values())
        case "role":
            yield from vocabulary.roles.items()
        case "waiting" | "due":
            yield from ((span, "") for span in SPANS)
        case _:
            yield from ((word, "") for word in words)

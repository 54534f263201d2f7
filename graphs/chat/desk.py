"""The chat desk: a question is understood, written down with its audit entry, and answered. It changes nothing else."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

from graphs.audit import AuditRecord
from graphs.chat.answer import Answer, Suggestion
from graphs.chat.answering import answered, suggestions
from graphs.chat.asker import READ, Asker
from graphs.chat.command import CommandRefused, is_command, read_command, rendered
from graphs.chat.completion import Completion, completions
from graphs.chat.intent import INTENTS, Action, Query
from graphs.chat.model import Chosen, choose, is_connected
from graphs.chat.phrasing import nearest, read_question
from graphs.chat.spelling import folded
from graphs.chat.telling import told
from graphs.chat.vocabulary import Person, Vocabulary, vocabulary_of
from graphs.chat.wording import Language
from graphs.errors import Invalid
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.chat_tables import ConversationRow, TurnRow
from graphs.store.chats import Conversations
from graphs.store.people import Actor
from graphs.store.roles import Roles
from tools.llm.question import Passage

Source = Literal["command", "grammar", "model", "none"]
ASKED: Final = "chat.asked"
MOST_TITLE: Final = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What is open beside the chat: a case, or a task, whose case is meant."""

    case: str | None = None
    task: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """How a question was understood: the command that is run, what that means, and what was left out."""

    command: str | None
    text: str
    source: Source
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a model said; no more than that."""

    text: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Where the question was written down."""

    conversation: str
    place: int


Event = Kept | Understood | Said | Answer


@dataclass(slots=True, kw_only=True)
class _Reading:
    """A question on its way to an answer."""

    source: Source = "none"
    intent: Query | Action | None = None
    left_out: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    hints: tuple[Suggestion, ...] = ()
    chosen: Chosen = field(default_factory=Chosen)


@dataclass(frozen=True, kw_only=True)
class ChatDesk:
    """Answers questions with the asker's rights. Every method raises `PermissionMissing` without `case.read`."""

    services: Services

    @cached_property
    def _names(self) -> Vocabulary:
        return vocabulary_of(self.services.registry, self.services.rulebooks)

    async def asker(self, actor: Actor, *, language: Language, beside: Beside | None = None) -> Asker:
        """Who asks, with the words that mean something to them. Raises `NotFound` for what is not there."""
        require(actor, READ)
        beside = beside or Beside()
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            people = await unit.people.roster(actor.tenant)
            roles = await Roles(unit.session, actor.tenant).listed()
            case = beside.case
            if case is None and beside.task is not None:
                case = (await unit.inbox.get(beside.task)).case_id
            elif case is not None:
                await unit.cases.get(case)
        persons = [Person(id=one.user_id, login=one.login, name=one.name) for one in people]
        vocabulary = self._names.with_people(persons, {role.name: role.title for role in roles})
        return Asker(services=self.services, actor=actor, vocabulary=vocabulary, language=language, open_case=case)

    async def ask(self, asker: Asker, text: str, *, conversation: str | None = None) -> AsyncIterator[Event]:
        """Understand the question, keep it, and answer it, each as soon as it is known.

        Raises `NotFound` for a conversation that is not the asker's, before anything else.
        """
        if conversation is not None:
            await self._check(asker.actor, conversation)
        reading = await self._read(asker, text)
        yield await self._keep(asker, text, reading, conversation)
        yield self._understood(asker, reading)
        if reading.chosen.said and reading.chosen.model and reading.source == "model":
            yield Said(text=reading.chosen.said, model=reading.chosen.model)
        yield await self._answer(asker, reading)

    async def look(self, asker: Asker, command: str) -> tuple[Understood, Answer]:
        """The answer to a command, as of now. Nothing is kept."""
        reading = await self._read(asker, command.strip() if is_command(command) else f"/{command.strip()}")
        return self._understood(asker, reading), await self._answer(asker, reading)

    async def complete(self, asker: Asker, text: str) -> Sequence[Completion]:
        """How what was begun may go on."""
        return await completions(asker, text)

    async def _check(self, actor: Actor, conversation: str) -> None:
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            chats = await Conversations(unit.session, actor.tenant, actor.user_id).as_person()
            await chats.get(conversation)

    async def _read(self, asker: Asker, text: str) -> _Reading:
        if not text.strip():
            raise Invalid("text: ask something")
        if is_command(text):
            return _commanded(asker, text)
        grammar = read_question(text, asker.vocabulary)
        if grammar.whole:
            return _Reading(source="grammar", intent=grammar.intent)
        chosen = Chosen()
        problems: tuple[str, ...] = ()
        if is_connected(self.services, asker.actor.tenant):
            chosen = await choose(asker, text, await self._passages(asker))
            if chosen.intent is not None:
                return _Reading(source="model", intent=chosen.intent, chosen=chosen)
            why = chosen.why
            problems = (asker.say("model.failed", why=why) if why else asker.say("model.unclear"),)
        if grammar.intent is not None:
            return _Reading(
                source="grammar", intent=grammar.intent, left_out=grammar.left_out, problems=problems, chosen=chosen
            )
        return _Reading(problems=problems, hints=_alike(asker, grammar.left_out), chosen=chosen)

    async def _passages(self, asker: Asker) -> Sequence[Passage]:
        """What the open case is called: written by others."""
        if asker.open_case is None:
            return ()
        async with self.services.database.unit_of_work(asker.actor.tenant) as unit:
            case = await unit.cases.get(asker.open_case)
        return (Passage(label="open_case", text=f"{case.title}\n{case.process}, {case.status}"),)

    async def _keep(self, asker: Asker, text: str, reading: _Reading, conversation: str | None) -> Kept:
        """Write the question down, with what it was understood as. The trail has its query, and not its words."""
        actor, now = asker.actor, asker.now
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            chats = await Conversations(unit.session, actor.tenant, actor.user_id).as_person()
            if conversation is None:
                row = ConversationRow(
                    id=str(uuid.uuid4()),
                    tenant=actor.tenant,
                    user_id=actor.user_id,
                    title=" ".join(text.split())[:MOST_TITLE],
                    created_at=now,
                    updated_at=now,
                )
                await chats.begin(row)
            else:
                row = await chats.get(conversation, lock=True)
            turn = TurnRow(
                conversation_id=row.id,
                place=0,
                tenant=actor.tenant,
                user_id=actor.user_id,
                asked_at=now,
                question=text,
                command=rendered(reading.intent) if reading.intent else None,
                source=reading.source,
                said=reading.chosen.said if reading.source == "model" else None,
                context={"case": asker.open_case} if asker.open_case else {},
            )
            kept = await chats.add(row, turn)
            unit.record(actor.tenant, _recorded(actor, kept, reading))
            return Kept(conversation=row.id, place=kept.place)

    def _understood(self, asker: Asker, reading: _Reading) -> Understood:
        if reading.intent is None:
            return Understood(command=None, text="", source=reading.source)
        return Understood(
            command=rendered(reading.intent),
            text=told(reading.intent, asker.vocabulary, asker.language),
            source=reading.source,
            left_out=reading.left_out,
        )

    async def _answer(self, asker: Asker, reading: _Reading) -> Answer:
        if reading.intent is None:
            known = (*reading.problems, asker.say("not_understood"))
            return Answer(text=known, suggestions=(*reading.hints, *suggestions(asker)))
        answer = await answered(asker, reading.intent)
        before = list(reading.problems)
        if reading.left_out:
            before.append(asker.say("understood.left_out", words=", ".join(reading.left_out)))
        return Answer(
            text=(*before, *answer.text), table=answer.table, cards=answer.cards, suggestions=answer.suggestions
        )


def _recorded(actor: Actor, turn: TurnRow, reading: _Reading) -> AuditRecord:
    values: Mapping[str, Any] = {
        "conversation": turn.conversation_id,
        "turn": turn.place,
        "query": turn.command,
        "source": turn.source,
        **({"calls": reading.chosen.calls} if reading.chosen.calls else {}),
    }
    return AuditRecord(kind="chat.asked", actor=actor.user_id, values=values)


def _commanded(asker: Asker, text: str) -> _Reading:
    try:
        return _Reading(source="command", intent=read_command(text))
    except CommandRefused as refused:
        problem = asker.say(f"command.{refused.code}", what=refused.what)
        alike = nearest(refused.what.removeprefix("/").casefold(), INTENTS) if refused.code == "unknown" else []
        known = alike or ([refused.command] if refused.command else [])
        hints = tuple(Suggestion(command=f"/{kind}", text=asker.say(f"hint.{kind}")) for kind in known)
        return _Reading(problems=(problem,), hints=hints)


def _alike(asker: Asker, words: Sequence[str]) -> tuple[Suggestion, ...]:
    """Queries about what is called something like a word that was not known."""
    found: dict[str, Suggestion] = {}
    for word in words:
        for name in nearest(folded(word), asker.vocabulary.topics, most=2):
            command = f"/cases about:{name}"
            found[command] = Suggestion(
                command=command, text=told(read_command(command), asker.vocabulary, asker.language)
            )
    return tuple(found.values())[:4]

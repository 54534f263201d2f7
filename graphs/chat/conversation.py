"""A person's conversations: listed, shown, deleted, and exported with what is answered now."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from graphs.chat.answer import Answer, Table
from graphs.chat.asker import READ, Asker
from graphs.chat.command import CommandRefused, read_command
from graphs.chat.desk import ChatDesk
from graphs.chat.intent import ACTIONS
from graphs.chat.telling import told
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.chat_tables import ConversationRow, TurnRow
from graphs.store.chats import Conversations
from graphs.store.inbox_tabs import Place
from graphs.store.people import Actor

Format = Literal["json", "markdown"]
ANSWERED_ANEW: Final = 40
"""So many of the last questions are answered anew in an export."""
MOST_ROWS: Final = 50
MARKDOWN: Final = str.maketrans({sign: f"\\{sign}" for sign in "\\`*_{}[]<>#|~"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A conversation with its questions, in order."""

    conversation: ConversationRow
    turns: Sequence[TurnRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationDesk:
    """Everybody has their own, and nobody sees another's. Every method raises `PermissionMissing`."""

    services: Services

    async def listed(self, actor: Actor, *, after: Place | None, limit: int) -> Sequence[ConversationRow]:
        """Conversations, the one that was asked in last first."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            chats = await Conversations(unit.session, actor.tenant, actor.user_id).as_person()
            return await chats.page(after=after, limit=limit)

    async def show(self, actor: Actor, conversation_id: str) -> Shown:
        """The conversation. Raises `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            chats = await Conversations(unit.session, actor.tenant, actor.user_id).as_person()
            row = await chats.get(conversation_id)
            return Shown(conversation=row, turns=await chats.turns(conversation_id))

    async def drop(self, actor: Actor, conversation_id: str) -> None:
        """Delete it for good; the trail keeps which queries were asked. Raises `NotFound`."""
        require(actor, READ)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            chats = await Conversations(unit.session, actor.tenant, actor.user_id).as_person()
            await chats.drop(conversation_id)

    async def export(self, asker: Asker, conversation_id: str, form: Format) -> str:
        """The conversation with the answers as they are now, which no other moment gives. Raises `NotFound`."""
        shown = await self.show(asker.actor, conversation_id)
        desk = ChatDesk(services=self.services)
        last = shown.turns[-ANSWERED_ANEW:]
        answers = {turn.place: await self._answer(desk, asker, turn) for turn in last if _is_query(turn)}
        if form == "json":
            return json.dumps(_data(shown, answers, asker), ensure_ascii=False, indent=2) + "\n"
        return "\n".join(_markdown(shown, answers, asker)) + "\n"

    async def _answer(self, desk: ChatDesk, asker: Asker, turn: TurnRow) -> Answer:
        beside = Asker(
            services=asker.services,
            actor=asker.actor,
            vocabulary=asker.vocabulary,
            language=asker.language,
            open_case=turn.context.get("case"),
        )
        _, answer = await desk.look(beside, turn.command or "")
        return answer


def _is_query(turn: TurnRow) -> bool:
    """Whether it is asked for something; a proposal is not made again by an export."""
    try:
        return turn.command is not None and not isinstance(read_command(turn.command), ACTIONS)
    except CommandRefused:  # its words were erased since
        return False


def _data(shown: Shown, answers: dict[int, Answer], asker: Asker) -> dict[str, Any]:
    return {
        "conversation": shown.conversation.id,
        "title": shown.conversation.title,
        "answered_at": asker.now.isoformat(),
        "turns": [
            {
                "asked_at": turn.asked_at.isoformat(),
                "question": turn.question,
                "query": turn.command,
                "source": turn.source,
                "said_by_model": turn.said,
                "answer": _answer_data(answers[turn.place]) if turn.place in answers else None,
            }
            for turn in shown.turns
        ],
    }


def _answer_data(answer: Answer) -> dict[str, Any]:
    table = answer.table
    rows = [dict(row.cells) for row in table.rows] if table else []
    return {"text": list(answer.text), "rows": rows, "total": table.total if table else 0}


def _markdown(shown: Shown, answers: dict[int, Answer], asker: Asker) -> Iterator[str]:
    yield f"# {_plain(shown.conversation.title)}"
    yield ""
    yield asker.say("export.as_of", at=_minute(asker.now))
    for turn in shown.turns:
        yield ""
        yield f"## {_plain(turn.question)}"
        yield ""
        yield f"*{_minute(turn.asked_at)}*"
        if turn.command:
            yield ""
            yield f"`{turn.command.replace('`', '')}`: {_plain(_means(turn.command, asker))}"
        if turn.said:
            yield ""
            yield f"> {asker.say('export.model')}: {_plain(turn.said)}"
        if turn.place in answers:
            yield from _answer_lines(answers[turn.place])


def _means(command: str, asker: Asker) -> str:
    try:
        return told(read_command(command), asker.vocabulary, asker.language)
    except CommandRefused:  # its words were erased since
        return "–"


def _answer_lines(answer: Answer) -> Iterator[str]:
    for sentence in answer.text:
        yield ""
        yield _plain(sentence)
    if answer.table is not None:
        yield ""
        yield from _table_lines(answer.table)


def _table_lines(table: Table) -> Iterator[str]:
    names = [column.id for column in table.columns]
    yield f"| {' | '.join(names)} |"
    yield f"|{'---|' * len(names)}"
    for row in table.rows[:MOST_ROWS]:
        cells = ("" if row.cells[name] is None else _plain(str(row.cells[name])) for name in names)
        yield f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """The text in one line, with nothing in it that Markdown, or HTML within it, would make something of."""
    return " ".join(text.split()).translate(MARKDOWN)


def _minute(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M UTC")

"""The chat as the API takes and shows it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints

from api.views.view import Form, View, storable
from graphs.chat.answer import Answer, Card, Chart, ColumnKind, Suggestion, Table
from graphs.chat.completion import Completion
from graphs.chat.conversation import Shown
from graphs.chat.desk import Beside, Event, Kept, Said, Source, Understood
from graphs.chat.intent import ACTIONS, INTENTS
from graphs.chat.wording import Language
from graphs.store.chat_tables import ConversationRow, TurnRow

Id = Annotated[UUID, Field(strict=False)]
Asked = Annotated[str, StringConstraints(min_length=1, max_length=2000), AfterValidator(storable)]


class ChatBeside(Form):
    """What is open beside the chat: `this` in a question is its case."""

    case: Id | None = None
    task: Id | None = None

    def beside(self) -> Beside:
        """As the desk takes it."""
        return Beside(case=str(self.case) if self.case else None, task=str(self.task) if self.task else None)


class ChatQuestionForm(Form):
    """A question in plain words, or a command."""

    text: Asked
    conversation: Annotated[Id | None, Field(description="The conversation it belongs to; else a new one.")] = None
    beside: ChatBeside = ChatBeside()
    language: Annotated[Language, Field(description="In which language to answer.")] = "en"


class ChatCommandForm(Form):
    """A command whose answer is wanted as of now; nothing is kept."""

    command: Asked
    beside: ChatBeside = ChatBeside()
    language: Language = "en"


class ChatColumn(View):
    """A column of a table; `kind` says how a cell is shown."""

    id: str
    kind: ColumnKind


class ChatRow(View):
    """A row: its cells by column, what it is about, and the command that says more of it."""

    id: str
    cells: dict[str, str | int | None]
    case: str | None
    task: str | None
    ask: str | None


class ChatChart(View):
    """Bars: the column that names them, and those they are as long as."""

    label: str
    values: list[str]


class ChatTable(View):
    """Rows, `total` of them in all. `topics`: after news of these it is worth asking again."""

    columns: list[ChatColumn]
    rows: list[ChatRow]
    total: int
    topics: list[str]
    chart: ChatChart | None

    @classmethod
    def of(cls, table: Table) -> ChatTable:
        """The table as it is shown."""
        return cls(
            columns=[ChatColumn(id=column.id, kind=column.kind) for column in table.columns],
            rows=[
                ChatRow(id=row.id, cells=dict(row.cells), case=row.case, task=row.task, ask=row.ask)
                for row in table.rows
            ],
            total=table.total,
            topics=list(table.topics),
            chart=_chart(table.chart),
        )


def _chart(chart: Chart | None) -> ChatChart | None:
    return ChatChart(label=chart.label, values=list(chart.values)) if chart else None


class ChatCard(View):
    """An action that is proposed: send exactly this to carry it out. The chat itself carries out nothing."""

    command: str
    title: str
    effect: list[str]
    method: Literal["POST"]
    path: str
    body: dict[str, Any] | None
    needs_reason: Annotated[bool, Field(description="The body's `reason` is for a person to fill in.")]
    final: Annotated[bool, Field(description="It cannot be taken back.")]
    case: str | None

    @classmethod
    def of(cls, card: Card) -> ChatCard:
        """The card as it is shown."""
        return cls(
            command=card.command,
            title=card.title,
            effect=list(card.effect),
            method=card.method,
            path=card.path,
            body=dict(card.body) if card.body is not None else None,
            needs_reason=card.needs_reason,
            final=card.final,
            case=card.case,
        )


class ChatSuggestion(View):
    """Something that can be asked."""

    command: str
    text: str

    @classmethod
    def of(cls, suggestion: Suggestion) -> ChatSuggestion:
        """As it is shown."""
        return cls(command=suggestion.command, text=suggestion.text)


class ChatUnderstood(View):
    """How a question was understood; `command` is the query that is run, null where it was not understood."""

    command: str | None
    kind: Annotated[Literal["query", "action"] | None, Field(description="Whether it looks up, or proposes.")]
    text: str
    source: Source
    left_out: list[str]

    @classmethod
    def of(cls, understood: Understood) -> ChatUnderstood:
        """As it is shown."""
        return cls(
            command=understood.command,
            kind=kind_of(understood.command),
            text=understood.text,
            source=understood.source,
            left_out=list(understood.left_out),
        )


def kind_of(command: str | None) -> Literal["query", "action"] | None:
    """Whether a canonical command looks something up or proposes something."""
    word = (command or "").partition(" ")[0].removeprefix("/")
    if word not in INTENTS:
        return None
    return "action" if INTENTS[word] in ACTIONS else "query"


class ChatSaid(View):
    """What a model said: nothing that was looked up."""

    text: str
    model: str


class ChatAnswer(View):
    """The answer to a command, as of now."""

    understood: ChatUnderstood
    text: list[str]
    table: ChatTable | None
    cards: list[ChatCard]
    suggestions: list[ChatSuggestion]

    @classmethod
    def of(cls, understood: Understood, answer: Answer) -> ChatAnswer:
        """As it is shown."""
        return cls(
            understood=ChatUnderstood.of(understood),
            text=list(answer.text),
            table=ChatTable.of(answer.table) if answer.table else None,
            cards=[ChatCard.of(card) for card in answer.cards],
            suggestions=[ChatSuggestion.of(one) for one in answer.suggestions],
        )


EventName = Literal["turn", "understood", "said", "text", "rows", "card", "suggestions", "failed", "done"]


class ChatEvent(View):
    """One event of an answer that streams; of the parts, the one that `event` names is there.

    In this order: `turn`, `understood`, `said`, `text`, `rows`, `card` for each card, `suggestions`, `done`; or
    `failed` where the answer could not be given.
    """

    event: EventName
    conversation: str | None = None
    place: int | None = None
    understood: ChatUnderstood | None = None
    said: ChatSaid | None = None
    text: list[str] | None = None
    rows: ChatTable | None = None
    card: ChatCard | None = None
    suggestions: list[ChatSuggestion] | None = None
    code: Annotated[str | None, Field(description="Of `failed`: stable.")] = None

    @classmethod
    def of(cls, event: Event) -> list[ChatEvent]:
        """The events that tell of it."""
        match event:
            case Kept():
                return [cls(event="turn", conversation=event.conversation, place=event.place)]
            case Understood():
                return [cls(event="understood", understood=ChatUnderstood.of(event))]
            case Said():
                return [cls(event="said", said=ChatSaid(text=event.text, model=event.model))]
            case Answer():
                return cls._of_answer(event)

    @classmethod
    def _of_answer(cls, answer: Answer) -> list[ChatEvent]:
        found = [cls(event="text", text=list(answer.text))] if answer.text else []
        if answer.table is not None:
            found.append(cls(event="rows", rows=ChatTable.of(answer.table)))
        found += [cls(event="card", card=ChatCard.of(card)) for card in answer.cards]
        if answer.suggestions:
            found.append(cls(event="suggestions", suggestions=[ChatSuggestion.of(one) for one in answer.suggestions]))
        return found


class ChatCompletion(View):
    """A way in which a text may go on: the whole text then, and what it is."""

    text: str
    hint: str

    @classmethod
    def of(cls, completion: Completion) -> ChatCompletion:
        """As it is shown."""
        return cls(text=completion.text, hint=completion.hint)


class ChatCompletions(View):
    """Ways in which a text may go on."""

    completions: list[ChatCompletion]


class ChatConversation(View):
    """A conversation of the caller."""

    id: str
    title: str
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, row: ConversationRow) -> ChatConversation:
        """The row as it is shown."""
        return cls(id=row.id, title=row.title, created_at=row.created_at, updated_at=row.updated_at)


class ChatConversations(View):
    """Conversations, the one that was asked in last first. `next` is the cursor of the next page."""

    conversations: list[ChatConversation]
    next: str | None


class ChatTurn(View):
    """A question; its answer is asked for anew with its command."""

    place: int
    asked_at: datetime
    question: str
    command: str | None
    kind: Literal["query", "action"] | None
    source: Source
    said: str | None
    case: Annotated[str | None, Field(description="The case that was open beside the chat.")]

    @classmethod
    def of(cls, row: TurnRow) -> ChatTurn:
        """The row as it is shown."""
        context: Mapping[str, Any] = row.context
        known: dict[str, Source] = {"command": "command", "grammar": "grammar", "model": "model"}
        return cls(
            place=row.place,
            asked_at=row.asked_at,
            question=row.question,
            command=row.command,
            kind=kind_of(row.command),
            source=known.get(row.source, "none"),
            said=row.said,
            case=context.get("case"),
        )


class ChatConversationDetail(ChatConversation):
    """A conversation with its last questions, in order."""

    turns: list[ChatTurn]

    @classmethod
    def shown(cls, shown: Shown) -> ChatConversationDetail:
        """As it is shown."""
        row = shown.conversation
        return cls(
            id=row.id,
            title=row.title,
            created_at=row.created_at,
            updated_at=row.updated_at,
            turns=[ChatTurn.of(turn) for turn in shown.turns],
        )

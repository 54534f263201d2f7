"""The chat: questions that are answered in a stream, and conversations. It proposes actions and carries out none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Depends, Query, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import StringConstraints

from api.gate import CurrentActor
from api.routes.page import cursor_at, read_place
from api.routes.wiring import PROBLEMS, WiredServices, wired
from api.strict_json import StrictRoute
from api.views.chat import (
    ChatAnswer,
    ChatCommandForm,
    ChatCompletion,
    ChatCompletions,
    ChatConversation,
    ChatConversationDetail,
    ChatConversations,
    ChatEvent,
    ChatQuestionForm,
)
from graphs.chat.asker import Asker
from graphs.chat.conversation import ConversationDesk, Format
from graphs.chat.desk import Beside, ChatDesk
from graphs.chat.wording import Language
from graphs.errors import EngineError

WiredConversationDesk = Annotated[ConversationDesk, wired(ConversationDesk)]
Text = Annotated[str, StringConstraints(max_length=2000)]
MEDIA: dict[Format, str] = {"json": "application/json", "markdown": "text/markdown; charset=utf-8"}
ENDINGS: dict[Format, str] = {"json": "json", "markdown": "md"}
STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Server-sent events, each a `ChatEvent` under its name.",
        "model": ChatEvent,
    }
}

log = structlog.get_logger(__name__)
router = APIRouter(tags=["chat"], responses=PROBLEMS, route_class=StrictRoute)


def chat_desk(services: WiredServices) -> ChatDesk:
    """The desk that answers; it knows the words of this application's processes."""
    return ChatDesk(services=services)


WiredChatDesk = Annotated[ChatDesk, Depends(chat_desk)]


async def asked(form: ChatQuestionForm, actor: CurrentActor, services: WiredServices, desk: WiredChatDesk) -> Asker:
    """Who asks, once they may, beside what they may see, in a conversation of theirs.

    Once the answer streams it can refuse nothing.
    """
    if form.conversation is not None:
        await ConversationDesk(services=services).show(actor, str(form.conversation))
    return await desk.asker(actor, language=form.language, beside=form.beside.beside())


@router.post("/chat", response_class=EventSourceResponse, responses=STREAM)
async def ask_chat(
    form: ChatQuestionForm, asker: Annotated[Asker, Depends(asked)], desk: WiredChatDesk
) -> AsyncIterator[ServerSentEvent]:
    """Ask in plain words or with a command; the answer streams. Nothing is changed but that the question is kept."""
    conversation = str(form.conversation) if form.conversation else None
    try:
        async for event in desk.ask(asker, form.text, conversation=conversation):
            for told in ChatEvent.of(event):
                yield _sent(told)
    except EngineError as error:
        log.info("chat.failed", code=error.code)
        yield _sent(ChatEvent(event="failed", code=error.code, text=[str(error)]))
        return
    yield _sent(ChatEvent(event="done"))


def _sent(event: ChatEvent) -> ServerSentEvent:
    parts = {name: part for name, part in event.model_dump(mode="json").items() if part is not None}
    return ServerSentEvent(data=parts, event=event.event)


@router.post("/chat/answers")
async def answer_command(form: ChatCommandForm, actor: CurrentActor, desk: WiredChatDesk) -> ChatAnswer:
    """The answer to a command as of now, with the caller's rights. Nothing is kept, and nothing changed."""
    asker = await desk.asker(actor, language=form.language, beside=form.beside.beside())
    return ChatAnswer.of(*await desk.look(asker, form.command))


@router.get("/chat/completions")
async def complete_text(
    actor: CurrentActor,
    desk: WiredChatDesk,
    text: Annotated[Text, Query(description="What has been typed.")] = "",
    language: Language = "en",
    case: Annotated[UUID | None, Query(description="The case that is open beside the chat.")] = None,
) -> ChatCompletions:
    """How what has been typed may go on."""
    asker = await desk.asker(actor, language=language, beside=Beside(case=str(case) if case else None))
    found = await desk.complete(asker, text.replace("\0", ""))
    return ChatCompletions(completions=[ChatCompletion.of(one) for one in found])


@router.get("/chat/conversations")
async def list_conversations(
    actor: CurrentActor,
    desk: WiredConversationDesk,
    cursor: Annotated[str | None, Query(max_length=200, description="The `next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ChatConversations:
    """The caller's conversations, the one that was asked in last first."""
    found = await desk.listed(actor, after=read_place(cursor), limit=limit + 1)
    shown = found[:limit]
    following = cursor_at(shown[-1].updated_at, shown[-1].id) if len(found) > limit else None
    return ChatConversations(conversations=[ChatConversation.of(row) for row in shown], next=following)


@router.get("/chat/conversations/{conversation_id}")
async def show_conversation(
    conversation_id: UUID, actor: CurrentActor, desk: WiredConversationDesk
) -> ChatConversationDetail:
    """A conversation of the caller, with its questions and what each was understood as."""
    return ChatConversationDetail.shown(await desk.show(actor, str(conversation_id)))


@router.delete("/chat/conversations/{conversation_id}", status_code=HTTPStatus.NO_CONTENT)
async def delete_conversation(conversation_id: UUID, actor: CurrentActor, desk: WiredConversationDesk) -> None:
    """Delete a conversation of the caller for good."""
    await desk.drop(actor, str(conversation_id))


@router.get(
    "/chat/conversations/{conversation_id}/export",
    response_class=Response,
    responses={200: {"content": {"application/json": {}, "text/markdown": {}}, "description": "The file."}},
)
async def export_conversation(
    conversation_id: UUID,
    actor: CurrentActor,
    desk: WiredConversationDesk,
    chat: WiredChatDesk,
    form: Annotated[Format, Query(alias="format")] = "markdown",
    language: Language = "en",
) -> Response:
    """A conversation of the caller as a file, with the answers as they are now."""
    asker = await chat.asker(actor, language=language)
    text = await desk.export(asker, str(conversation_id), form)
    headers = {"Content-Disposition": f'attachment; filename="chat.{ENDINGS[form]}"'}
    return Response(text, media_type=MEDIA[form], headers=headers)

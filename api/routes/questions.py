"""Questions to colleagues about tasks, and their answers."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter

from api.gate import CurrentActor
from api.routes.wiring import PROBLEMS, WiredQuestionDesk, WiredServices
from api.strict_json import StrictRoute
from api.views.question import AskForm, QuestionList, QuestionView, ReplyForm, people_of
from graphs.intake import require
from graphs.runtime.services import Services
from graphs.store.people import Actor
from graphs.tasks.notes import READ
from graphs.tasks.question import Question

router = APIRouter(tags=["tasks"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/questions")
async def list_questions(actor: CurrentActor, desk: WiredQuestionDesk, services: WiredServices) -> QuestionList:
    """What the caller is asked and has not answered, the earliest deadline first."""
    return await listed(services, actor, await desk.open_for(actor))


@router.get("/tasks/{task_id}/questions")
async def list_questions_of_task(
    task_id: UUID, actor: CurrentActor, desk: WiredQuestionDesk, services: WiredServices
) -> QuestionList:
    """The questions about a task with their answers, the oldest first."""
    return await listed(services, actor, await desk.of_task(actor, str(task_id)))


@router.post("/tasks/{task_id}/questions")
async def ask_question(
    task_id: UUID, body: AskForm, actor: CurrentActor, desk: WiredQuestionDesk, services: WiredServices
) -> QuestionView:
    """Ask a colleague about a task. They are told, and so is the caller: of the answer, or that there is none."""
    asked = await desk.ask(actor, str(task_id), body.asking())
    return (await listed(services, actor, [asked])).questions[0]


@router.post("/questions/{question_id}/answer")
async def answer_question(
    question_id: UUID, body: ReplyForm, actor: CurrentActor, desk: WiredQuestionDesk, services: WiredServices
) -> QuestionView:
    """Answer what the caller was asked; once, the second answer gets 409 `question_closed`."""
    answered = await desk.answer(actor, str(question_id), body.reply())
    return (await listed(services, actor, [answered])).questions[0]


async def listed(services: Services, actor: Actor, questions: Sequence[Question]) -> QuestionList:
    """The questions with the names of their people."""
    require(actor, READ)
    async with services.database.unit_of_work(actor.tenant) as unit:
        names = await unit.people.names(people_of(questions))
    return QuestionList(questions=[QuestionView.of(one, names) for one in questions])

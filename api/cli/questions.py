"""`interlock task questions` and `interlock question …`: what colleagues are asked about tasks."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.tasks import TaskId, Values, pairs

QuestionId = Annotated[str, typer.Argument(metavar="ID")]

app = typer.Typer(no_args_is_help=True, help="Questions of colleagues to you: list, answer.")


def ask_colleague(
    task_id: str, text: str, to: str, fields: list[str] | None, deadline: str | None, *, as_json: bool
) -> None:
    """Put a question to a colleague, and show it."""
    body: dict[str, Any] = {"to": to, "text": text, "fields": pairs(fields)}
    if deadline is not None:
        body["deadline_at"] = deadline
    _shown(Client.from_settings().post(f"/tasks/{segment(task_id)}/questions", body), as_json=as_json)


def questions(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show what was asked about a task, and what was answered."""
    _listed(Client.from_settings().get(f"/tasks/{segment(task_id)}/questions"), as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List what you are asked and have not answered."""
    _listed(Client.from_settings().get("/questions"), as_json=as_json)


@app.command("answer")
def answer(
    question_id: QuestionId,
    text: Annotated[str, typer.Argument(help="The answer.")] = "",
    values: Values = None,
    as_json: AsJson = False,
) -> None:
    """Answer a question that you are asked; with `--set`, values of the fields it asks for."""
    body = {"text": text, "values": pairs(values)}
    _shown(Client.from_settings().post(f"/questions/{segment(question_id)}/answer", body), as_json=as_json)


COMMANDS = (questions,)
"""Of `interlock task`."""


def _listed(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = [
        (one["id"], one["asked_of"]["name"], one["text"], one["deadline_at"], one["answer"], _values(one))
        for one in found["questions"]
    ]
    print_table("Questions", ("id", "to", "question", "by", "answer", "values"), rows)


def _shown(question: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(question)
        return
    print_fields(
        {
            "question": question["id"],
            "task": question["task"],
            "to": question["asked_of"]["name"],
            "by": question["deadline_at"],
            "answer": question["answer"],
            "values": _values(question),
        }
    )


def _values(question: dict[str, Any]) -> str | None:
    return ", ".join(f"{name}={fact['value']}" for name, fact in question["facts"].items()) or None

"""`interlock task ask`, `interlock task questions` and `interlock question …`: asking colleagues about tasks."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.tasks import TaskId, Values, pairs

QuestionId = Annotated[str, typer.Argument(metavar="ID")]

app = typer.Typer(no_args_is_help=True, help="Questions of colleagues to you: list, answer.")


def ask(
    task_id: TaskId,
    text: Annotated[str, typer.Argument(help="The question.")],
    to: Annotated[str, typer.Option(help="Login or id of a person who may see tasks.")],
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="NAME=KIND", help="A value you want: text, date, amount, number; repeatable."),
    ] = None,
    deadline: Annotated[str | None, typer.Option(help="By when, as 2026-01-31T09:00:00Z; else in a day.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a colleague about a task; it stays with whom it is for."""
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


COMMANDS = (ask, questions)
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

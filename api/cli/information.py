"""`interlock task ask`, `task contacts`, `task requests`, `interlock request …`: asking colleagues and the outside."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.questions import ask_colleague
from api.cli.tasks import TaskId

RequestId = Annotated[str, typer.Argument(metavar="ID")]

app = typer.Typer(no_args_is_help=True, help="Questions to somebody outside, by mail: show, withdraw.")


@app.callback()
def request() -> None:
    """Questions to somebody outside, by mail: show, withdraw."""


def ask(
    task_id: TaskId,
    text: Annotated[str, typer.Argument(help="The question.")] = "",
    to: Annotated[str | None, typer.Option(help="Login or id of a colleague who may see tasks.")] = None,
    mail: Annotated[str | None, typer.Option(help="Ask this address, of `interlock task contacts`, by mail.")] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", metavar="NAME=KIND", help="A value you want: text, date, amount, number; repeatable."),
    ] = None,
    subject: Annotated[str, typer.Option(help="By mail: its subject; a template has its own.")] = "",
    template: Annotated[
        str | None, typer.Option(help="By mail: clarification, document or confirmation, with --about.")
    ] = None,
    about: Annotated[str, typer.Option(help="By mail: what the template is about.")] = "",
    language: Annotated[str, typer.Option(help="By mail: en or de.")] = "en",
    remind: Annotated[str | None, typer.Option(help="By mail: when to remind, as 2026-01-30T09:00:00Z.")] = None,
    free: Annotated[bool, typer.Option("--free", help="By mail: the address is on no file, you choose.")] = False,
    key: Annotated[str | None, typer.Option(help="By mail: the same key asks once, however often sent.")] = None,
    deadline: Annotated[str | None, typer.Option(help="By when, as 2026-01-31T09:00:00Z.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask a colleague (`--to`) or somebody outside (`--mail`) about a task; it stays with whom it is for."""
    if (to is None) == (mail is None):
        raise CommandFailed("say whom to ask: --to a colleague, or --mail an address outside")
    if to is not None:
        ask_colleague(task_id, text, to, fields, deadline, as_json=as_json)
        return
    if fields:
        raise CommandFailed("--field is for colleagues: what comes by mail is a text")
    wanted = {"template": template, "deadline_at": deadline, "remind_at": remind, "key": key}
    body: dict[str, Any] = {
        "to": mail,
        "subject": subject,
        "text": text,
        "about": about,
        "language": language,
        "free": free,
        **{name: value for name, value in wanted.items() if value is not None},
    }
    asked = Client.from_settings().post(f"/tasks/{segment(task_id)}/information-requests", body)
    print_request(asked, as_json=as_json)


def contacts(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show who outside may be asked about a task, and why."""
    found = Client.from_settings().get(f"/tasks/{segment(task_id)}/contacts")
    if as_json:
        print_json(found)
        return
    rows = [(one["address"], one["name"], one["of"]) for one in found["contacts"]]
    print_table("Contacts", ("address", "name", "from"), rows)


def requests(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show what was asked outside about a task, and what came of it."""
    found = Client.from_settings().get(f"/tasks/{segment(task_id)}/information-requests")
    if as_json:
        print_json(found)
        return
    rows = [
        (one["id"], one["to"], one["subject"], one["deadline_at"], stands(one), len(one["replies"]))
        for one in found["requests"]
    ]
    print_table("Asked outside", ("id", "to", "subject", "by", "stands", "mails"), rows)


@app.command("show")
def show(request_id: RequestId, as_json: AsJson = False) -> None:
    """Show a question to somebody outside, and every mail that came of it."""
    print_request(Client.from_settings().get(f"/information-requests/{segment(request_id)}"), as_json=as_json)


@app.command("withdraw")
def withdraw(request_id: RequestId, as_json: AsJson = False) -> None:
    """Wait for the answer no longer; what comes still is kept and shown."""
    print_request(Client.from_settings().post(f"/information-requests/{segment(request_id)}/withdraw"), as_json=as_json)


COMMANDS = (ask, contacts, requests)
"""Of `interlock task`."""


def stands(found: dict[str, Any]) -> str:
    """How a request stands, in a few words."""
    if found["delivery"] in ("undelivered", "stopped") and found["open"]:
        return "could not be delivered"
    if found["no_answer_since"]:
        return f"no answer since {found['no_answer_since']}"
    if found["status"] == "open":
        return "waiting" if found["open"] else "the task has its answer"
    return str(found["status"])


def print_request(found: dict[str, Any], *, as_json: bool) -> None:
    """Print a request with what came of it."""
    if as_json:
        print_json(found)
        return
    free = " (on no file: chosen by the asker)" if found["source"] == "free" else ""
    print_fields(
        {
            "request": found["id"],
            "task": found["task"],
            "to": f"{found['to']}{free}",
            "subject": found["subject"],
            "by": found["deadline_at"],
            "stands": stands(found),
            "mail": found["delivery"],
            "why": found["undelivered"],
        }
    )
    rows = [
        (one["received_at"], one["sender"], one["counts"], one["text"], ", ".join(d["name"] for d in one["documents"]))
        for one in found["replies"]
    ]
    if rows:
        print_table("Mails", ("received", "from", "counts as", "text", "documents"), rows)

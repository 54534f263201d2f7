"""`interlock task …`: claim, hand on, notes, the form, and bulk decisions."""

from __future__ import annotations

import uuid
from typing import Annotated, Any

import typer

from api.cli.cases import person
from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table
from api.cli.tasks import TaskId, Values, pairs

To = Annotated[str, typer.Option(help="Login or id of a person who may answer it.")]
Why = Annotated[str, typer.Option(help="Why; it is recorded.")]
Tabs = Annotated[str | None, typer.Option(help="Of this tab: mine, team, unassigned or delegated.")]


def claim(task_id: TaskId, as_json: AsJson = False) -> None:
    """Take an open task; from then on nobody else answers it."""
    _hand(task_id, "claim", {}, as_json=as_json)


def release(task_id: TaskId, reason: Why = "", as_json: AsJson = False) -> None:
    """Put a task that you have taken back; one that was delegated goes back to who delegated it."""
    _hand(task_id, "release", {"reason": reason}, as_json=as_json)


def delegate(task_id: TaskId, to: To, reason: Why = "", as_json: AsJson = False) -> None:
    """Give your task to a person who may answer it; it comes back where they decline."""
    _hand(task_id, "delegate", {"to": to, "reason": reason}, as_json=as_json)


def decline(task_id: TaskId, reason: Why, as_json: AsJson = False) -> None:
    """Give a task that was delegated to you back."""
    _hand(task_id, "decline", {"reason": reason}, as_json=as_json)


def reassign(task_id: TaskId, to: To, reason: Why, as_json: AsJson = False) -> None:
    """Give a task to another person for good."""
    _hand(task_id, "reassign", {"to": to, "reason": reason}, as_json=as_json)


def escalate(task_id: TaskId, reason: Why, as_json: AsJson = False) -> None:
    """Give a task to a supervisor."""
    _hand(task_id, "escalate", {"reason": reason}, as_json=as_json)


def undo(task_id: TaskId, reason: Why = "", as_json: AsJson = False) -> None:
    """Undo an approval of something irreversible, within its window: the task is asked again."""
    _hand(task_id, "undo", {"reason": reason}, as_json=as_json)


def comment(
    task_id: TaskId,
    text: Annotated[str, typer.Argument(help="The note; `@login` tells a person of it.")],
    as_json: AsJson = False,
) -> None:
    """Leave a note on a task; it is never changed."""
    note = Client.from_settings().post(f"/tasks/{segment(task_id)}/notes", {"text": text})
    if as_json:
        print_json(note)
        return
    told = ", ".join(one["name"] for one in note["mentions"]) or None
    print_fields({"note": note["id"], "at": note["at"], "told": told})


def notes(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show the notes on a task."""
    found = Client.from_settings().get(f"/tasks/{segment(task_id)}/notes")
    if as_json:
        print_json(found)
        return
    print_table("Notes", ("at", "by", "text"), [(n["at"], n["author"]["name"], n["text"]) for n in found["notes"]])


def form(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show the form: fields with what is known of them; as JSON with the schema of the answers."""
    found = Client.from_settings().get(f"/tasks/{segment(task_id)}/form")
    if as_json:
        print_json(found)
        return
    fields = {one["name"]: one for one in found["fields"]}
    rows = [
        (name, fields[name]["title"], fields[name]["present"], fields[name]["proposed"], fields[name]["doubt"])
        for name in found["order"]
    ]
    print_table("Fields", ("name", "title", "present", "proposed", "doubt"), rows)
    print_fields({"digest": found["digest"], "evidence required": ", ".join(found["evidence_required"]) or None})


def preview(task_id: TaskId, values: Values = None, as_json: AsJson = False) -> None:
    """Show what a task would ask with other values; `approve --set … --digest …` approves exactly that."""
    found = Client.from_settings().post(f"/tasks/{segment(task_id)}/preview", {"set": pairs(values)})
    if as_json:
        print_json(found)
        return
    print_table(
        "Changed by the edits", ("field", "now", "then"), [(c["field"], c["old"], c["new"]) for c in found["changes"]]
    )
    reasons = [(r.get("rule"), r.get("severity"), r.get("message")) for r in found["reasons"]]
    print_table("Why it would still be asked", ("rule", "severity", "message"), reasons)
    print_fields({"task": found["task"], "digest": found["digest"]})


def bulk(
    decision: Annotated[str, typer.Argument(help="`approve` or `reject`.")],
    ids: Annotated[list[str] | None, typer.Option("--id", metavar="ID", help="A task; repeatable.")] = None,
    tab: Tabs = None,
    words: Annotated[str, typer.Option(help="With --tab: words in title or question.")] = "",
    role: Annotated[str | None, typer.Option(help="With --tab: only tasks for this role.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="With --tab: only what is overdue.")] = False,
    reason: Why = "",
    digests: Annotated[
        list[str] | None, typer.Option("--digest", metavar="ID=DIGEST", help="A task as you saw it; repeatable.")
    ] = None,
    confirm: Annotated[bool, typer.Option("--confirm", help="Approve also what cannot be undone.")] = False,
    key: Annotated[str | None, typer.Option(help="The same key again answers what it came to before.")] = None,
    as_json: AsJson = False,
) -> None:
    """Approve or reject up to 200 tasks, each on its own."""
    body: dict[str, Any] = {
        "decision": decision,
        "ids": ids or [],
        "reason": reason,
        "digests": pairs(digests),
        "confirm": confirm,
    }
    if tab is not None:
        body["filter"] = {"tab": tab, "words": words, "role": role, "overdue": overdue}
    elif words or role or overdue:
        raise CommandFailed("--words, --role and --overdue need --tab", code=ExitCode.NOT_ASKED)
    used = key or str(uuid.uuid4())
    found = Client.from_settings().post("/tasks/bulk", body, headers={"Idempotency-Key": used})
    if as_json:
        print_json({**found, "key": used})
    else:
        rows = [(one["task"], one["status"], one["code"], one["detail"]) for one in found["items"]]
        print_table("Decided", ("task", "status", "code", "why"), rows)
        print_line(f"{found['accepted']} accepted, {found['refused']} refused; key {used}")
    if found["refused"]:
        raise typer.Exit(int(ExitCode.NO))


COMMANDS = (claim, release, delegate, decline, reassign, escalate, undo, comment, notes, form, preview, bulk)
"""Of `interlock task`, beside those that list and answer."""


def _hand(task_id: str, verb: str, body: dict[str, Any], *, as_json: bool) -> None:
    task = Client.from_settings().post(f"/tasks/{segment(task_id)}/{verb}", body)
    if as_json:
        print_json(task)
        return
    print_fields(
        {
            "task": task["id"],
            "case": task["case"],
            "status": task["status"],
            "assignee": person(task["assignee"]),
            "delegated by": person(task["delegated_by"]),
        }
    )

"""`interlock task`: the inbox, and answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from api.cli.cases import person
from api.cli.client import Client, segment
from api.cli.failure import CommandFailed
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table
from api.cli.people import print_assignment

TaskId = Annotated[str, typer.Argument(metavar="ID")]
Reason = Annotated[str, typer.Option(help="Why; a rejection needs one.")]
Evidence = Annotated[list[str] | None, typer.Option("--evidence", metavar="NAME=VALUE", help="Evidence; repeatable.")]
Values = Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="Corrected field; repeatable.")]
Digest = Annotated[str | None, typer.Option(help="Digest of the task as you saw it; refused if it changed since.")]

InPlaceOf = Annotated[str | None, typer.Option("--in-place-of", metavar="LOGIN", help="Who let you answer for them.")]

app = typer.Typer(no_args_is_help=True, help="Tasks: list, show, claim, hand on, approve, reject, correct.")


@app.command("list")
def list_(
    mine: Annotated[bool, typer.Option("--mine", help="Only tasks assigned to the key's user.")] = False,
    tab: Annotated[str | None, typer.Option(help="Your view: mine, team, unassigned, done or delegated.")] = None,
    status: Annotated[str | None, typer.Option(help="Only tasks with this status; else all unanswered.")] = None,
    case: Annotated[str | None, typer.Option(help="Only tasks of this case.")] = None,
    words: Annotated[str | None, typer.Option(help="Only tasks whose title or question holds these words.")] = None,
    role: Annotated[str | None, typer.Option(help="Only tasks for this role.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only what is overdue.")] = False,
    due_before: Annotated[str | None, typer.Option(help="Only what is due before, as 2026-01-31T09:00:00Z.")] = None,
    counts: Annotated[bool, typer.Option("--counts", help="Say how many tasks each tab has.")] = False,
    cursor: Annotated[str | None, typer.Option(help="The `next` of the page before.")] = None,
    limit: Annotated[int | None, typer.Option(help="How many a page has, 200 at most.")] = None,
    as_json: AsJson = False,
) -> None:
    """List tasks, the earliest deadline first; what is done, the newest first."""
    found = Client.from_settings().get(
        "/tasks",
        mine=mine or None,
        tab=tab,
        status=status,
        case=case,
        words=words,
        role=role,
        overdue=overdue or None,
        due_before=due_before,
        counts=counts or None,
        cursor=cursor,
        limit=limit,
    )
    if as_json:
        print_json(found)
        return
    rows = [(t["id"], t["title"], t["status"], person(t["assignee"]), t["deadline_at"]) for t in found["tasks"]]
    print_table("Tasks", ("id", "title", "status", "assignee", "deadline"), rows)
    if found["counts"] is not None:
        print_fields(found["counts"])
    if found["next"] is not None:
        print_fields({"next": found["next"]})


@app.command("show")
def show(task_id: TaskId, as_json: AsJson = False) -> None:
    """Show what is asked, why, the evidence, the proposed action and the form."""
    client = Client.from_settings()
    task = client.get(f"/tasks/{segment(task_id)}")
    if task["status"] in ("open", "claimed"):
        shown = {*task["evidence"], *task["form"].get("evidence_required", [])}
        client.post(f"/tasks/{segment(task_id)}/seen", {"evidence": dict.fromkeys(sorted(shown), 0)})
    if as_json:
        print_json(task)
        return
    print_fields(
        {
            "task": task["id"],
            "case": task["case"],
            "title": task["title"],
            "question": task["question"],
            "status": task["status"],
            "assignee": person(task["assignee"]),
            "delegated by": person(task["delegated_by"]),
            "deadline": task["deadline_at"],
            "needs a limit of": _limit(task),
            "digest": task["digest"],
        }
    )
    if task["changes"]:
        changes = [(c["field"], c["old"], c["new"]) for c in task["changes"]]
        print_table("Changed since it was approved", ("field", "approved", "now"), changes)
    _print_reasons(task)
    if task["evidence"]:
        print_table("Evidence", ("name", "value"), list(evidence_rows(task["evidence"])))
    if task["action"]:
        print_table("Proposed action", ("name", "value"), list(task["action"].items()))
    fields = [(f["name"], f["title"], f["kind"], f["value"]) for f in task["form"].get("fields", [])]
    if fields:
        print_table("Fields you may correct", ("name", "title", "kind", "value"), fields)
    print_assignment(task["assignment"])
    required = task["form"].get("evidence_required", [])
    print_fields({"you may": ", ".join(task["form"]["choices"]), "evidence required": ", ".join(required) or None})
    for consequence in (task["outlook"] or {}).get("consequences", ()):
        print_line(f"{consequence['decision']}: {consequence['text']}")


def _print_reasons(task: dict[str, Any]) -> None:
    reasons = [(r.get("rule"), r.get("severity"), r.get("message"), r.get("source")) for r in task["reasons"]]
    print_table("Why", ("rule", "severity", "message", "source"), reasons)


@app.command("approve")
def approve(
    task_id: TaskId,
    values: Values = None,
    reason: Reason = "",
    evidence: Evidence = None,
    digest: Digest = None,
    in_place_of: InPlaceOf = None,
    as_json: AsJson = False,
) -> None:
    """Approve exactly what the task shows; with `--set`, what `interlock task preview` showed."""
    given = {"decision": "approve", "reason": reason, "evidence": pairs(evidence), "set": pairs(values)}
    _answer(task_id, given | ({"in_place_of": in_place_of} if in_place_of else {}), digest, as_json)


@app.command("reject")
def reject(task_id: TaskId, reason: Reason = "", digest: Digest = None, as_json: AsJson = False) -> None:
    """Reject; `--reason` says why."""
    _answer(task_id, {"decision": "reject", "reason": reason}, digest, as_json)


@app.command("correct")
def correct(
    task_id: TaskId, values: Values = None, reason: Reason = "", digest: Digest = None, as_json: AsJson = False
) -> None:
    """Correct fields; the rules judge the case again."""
    _answer(task_id, {"decision": "correct", "reason": reason, "set": pairs(values)}, digest, as_json)


def evidence_rows(evidence: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Names and values; objects are shown part by part, and a fact as its value."""
    for name, value in evidence.items():
        if isinstance(value, dict):
            yield from ((f"{name}.{part}", _shown(inner)) for part, inner in value.items())
        else:
            yield name, value


def _shown(value: object) -> object:
    return value["value"] if isinstance(value, dict) and "value" in value else value


def pairs(given: Sequence[str] | None) -> dict[str, str]:
    """`name=value` texts as a dictionary. Raises `CommandFailed`."""
    found: dict[str, str] = {}
    for text in given or ():
        name, separator, value = text.partition("=")
        if not (separator and name.strip()) or name.strip() in found:
            raise CommandFailed(f"{text!r} is not name=value, or its name was given before")
        found[name.strip()] = value
    return found


def _answer(task_id: str, body: dict[str, Any], digest: str | None, as_json: bool) -> None:
    seen = {"digest": digest} if digest else {}
    task = Client.from_settings().post(f"/tasks/{segment(task_id)}/answer", body | seen)
    if as_json:
        print_json(task)
        return
    shown = {"task": task["id"], "case": task["case"], "decision": task["decision"], "status": task["status"]}
    print_fields({**shown, "undo until": task["undo_until"]})


def _limit(task: dict[str, Any]) -> str | None:
    if task["required_limit_minor"] is None:
        return None
    major, minor = divmod(task["required_limit_minor"], 100)
    return f"{major:,}.{minor:02d} {task['currency']}"

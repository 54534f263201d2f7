"""`interlock case`: start, list, show. What steers a case is in `steering.py`."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from api.cli.client import Client, read_json_file, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table

POLL_SECONDS = 0.3
UNDER_WAY = "running"

app = typer.Typer(no_args_is_help=True, help="Cases: start, list, show, steer.")


@app.command("start")
def start(
    process: Annotated[str, typer.Argument(help="Name of the process, such as procure_to_pay.")],
    document: Annotated[Path | None, typer.Option(help="Document the case is about.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="JSON file with the input, for other cases.")] = None,
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same key starts the same case.")] = None,
    channel: Annotated[str, typer.Option(help="How the document came in.")] = "api",
    sender: Annotated[str | None, typer.Option(help="From whom the document came; else the key's user.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until the case ends or waits for a person.")] = False,
    wait_seconds: Annotated[int, typer.Option(min=1, help="Longest wait, in seconds.")] = 120,
) -> None:
    """Start a case. The last line is the case as one JSON object; with `--wait` as it stands then."""
    client = Client.from_settings()
    headers = {"Idempotency-Key": key} if key else {}
    match document, json_file:
        case Path(), None:
            fields = {"process": process, "channel": channel} | ({"sender": sender} if sender else {})
            started = client.upload("/cases", document, fields, headers=headers)
        case None, Path():
            started = client.post_text("/cases", _input_body(process, json_file), headers=headers)
        case _:
            raise CommandFailed("say what the case is about", hint="give --document FILE or --json FILE, one of them")
    case_id = started["case"]["id"]
    case = _waited(client, case_id, wait_seconds) if wait else started["case"]
    print_json({**_short(case), "created": started["created"]})
    if case["status"] == "incident":
        raise typer.Exit(ExitCode.NO)


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="Only cases with this status.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="Cases on a page.")] = 50,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    as_json: AsJson = False,
) -> None:
    """List cases, newest first."""
    page = Client.from_settings().get("/cases", status=status, limit=limit, cursor=cursor)
    if as_json:
        print_json(page)
        return
    rows = [(c["id"], c["process"], c["title"], c["status"], c["stage"], c["outcome"]) for c in page["cases"]]
    print_table("Cases", ("id", "process", "title", "status", "stage", "outcome"), rows)
    if page["next"]:
        print_fields({"next page": f"--cursor {page['next']}"})


@app.command("show")
def show(case_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show a case with its steps, tasks, effects and incidents."""
    case = Client.from_settings().get(f"/cases/{segment(case_id)}")
    if as_json:
        print_json(case)
        return
    print_fields(_short(case) | {"started": case["created_at"], "ended": case["ended_at"]})
    steps = [(s["name"], s["visit"], s["kind"], s["stage"], s["route"], s["ended_at"]) for s in case["steps"]]
    print_table("Steps", ("step", "visit", "kind", "stage", "goes to", "ended"), steps)
    if case["tasks"]:
        tasks = [(t["id"], t["title"], t["status"], person(t["assignee"]), t["decision"]) for t in case["tasks"]]
        print_table("Tasks", ("id", "title", "status", "assignee", "decision"), tasks)
    if case["effects"]:
        effects = [(e["tool"], e["status"], e["sends"], e["error"]) for e in case["effects"]]
        print_table("Effects", ("tool", "status", "sent", "error"), effects)
    if case["performers"]:
        chosen = [(p["step"], p["performer"], p["because"], p["outcome"], passed_over(p)) for p in case["performers"]]
        print_table("Performers", ("step", "performer", "because", "came of it", "the others"), chosen)
    if case["incidents"]:
        incidents = [(i["id"], i["code"], i["message"], i["status"]) for i in case["incidents"]]
        print_table("Incidents", ("id", "code", "message", "status"), incidents)


def passed_over(chosen: dict[str, Any]) -> str:
    """What was found of the performers that were not chosen."""
    others = (one for one in chosen["considered"] if one["performer"] != chosen["performer"])
    return "\n".join(f"{one['performer']}: {one['why']}" for one in others)


def person(found: dict[str, Any] | None) -> str | None:
    """A user's name."""
    return str(found["name"]) if found else None


def _input_body(process: str, file: Path) -> bytes:
    return b'{"process": %s, "input": %s}' % (json.dumps(process).encode(), read_json_file(file))


def _waited(client: Client, case_id: str, seconds: int) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while True:
        case = client.get(f"/cases/{segment(case_id)}")
        if case["status"] != UNDER_WAY:
            return case
        if time.monotonic() > until:
            _give_up(case_id, seconds)
        time.sleep(POLL_SECONDS)


def _give_up(case_id: str, seconds: int) -> NoReturn:
    raise CommandFailed(
        f"case {case_id} is still under way after {seconds} s",
        hint=f"look at it with `interlock case show {case_id}`; is a worker running?",
        code=ExitCode.NO,
    )


def _short(case: dict[str, Any]) -> dict[str, Any]:
    names = ("id", "process", "title", "status", "stage", "step", "outcome")
    return {name: case[name] for name in names}

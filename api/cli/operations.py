"""`interlock operation` and `interlock incident groups`: one order for all incidents of one cause."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table
from api.cli.tasks import pairs

KINDS = ("retry", "correct", "skip", "reroute", "cancel", "apply", "close")
WATCH_SECONDS = 1.0
Fingerprint = Annotated[str, typer.Argument(metavar="FINGERPRINT")]
OperationId = Annotated[str, typer.Argument(metavar="ID")]

app = typer.Typer(no_args_is_help=True, help="Operations on groups of incidents: start, show, list, cancel.")


def groups(
    status: Annotated[str | None, typer.Option(help="`open`: with an open incident; `closed`: without.")] = "open",
    process: Annotated[str | None, typer.Option(help="Only of this process.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Whatever their status.")] = False,
    as_json: AsJson = False,
) -> None:
    """List incidents by their cause, the one that happened last first."""
    found = Client.from_settings().get("/incidents/groups", status=None if every else status, process=process)
    if as_json:
        print_json(found)
        return
    columns = ("group", "process", "step", "code", "message", "open", "closed", "first seen", "last seen")
    named = ("step", "code", "shape", "open", "closed", "first_seen", "last_seen")
    rows = [(g["fingerprint"], versions(g), *(g[name] for name in named)) for g in found["groups"]]
    print_table("Groups of incidents", columns, rows)


def group(
    fingerprint: Fingerprint,
    status: Annotated[str | None, typer.Option(help="Only its `open` or `closed` incidents.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a group: its cause, what to do next, what agents propose, and its incidents."""
    found = Client.from_settings().get(f"/incidents/groups/{segment(fingerprint)}", status=status)
    if as_json:
        print_json(found)
        return
    fields = ("fingerprint", "step", "tool", "kind", "code", "shape", "open", "closed", "cases")
    proposed = ", ".join(f"{number} × {fix}" for fix, number in found["fixes"].items())
    print_fields(
        {
            "process": versions(found),
            **{name: found[name] for name in fields},
            "first seen": found["first_seen"],
            "last seen": found["last_seen"],
            "proposed": proposed,
            "next": found["next_step"],
            "operation": found["operation"] or "",
        }
    )
    rows = [(i["id"], i["case"], i["created_at"], i["status"], i["message"]) for i in found["incidents"]]
    print_table("Incidents", ("id", "case", "opened", "status", "message"), rows)


def versions(found: dict[str, Any]) -> str:
    """The process with the versions that failed."""
    return f"{found['process']}@{','.join(map(str, found['versions']))}"


@app.command("start")
def start(
    kind: Annotated[str, typer.Argument(metavar="KIND", help=", ".join(KINDS))],
    fingerprint: Fingerprint,
    reason: Annotated[str, typer.Option(help="Why; recorded with the order.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of each; change nothing.")] = False,
    values: Annotated[list[str] | None, typer.Option("--set", help="name=value to correct, repeatable.")] = None,
    step: Annotated[str | None, typer.Option(help="Skip only where a case stands at this step.")] = None,
    facts: Annotated[list[str] | None, typer.Option("--fact", help="What a skipped step would have found.")] = None,
    from_step: Annotated[str | None, typer.Option("--from", help="The step to go on from.")] = None,
    version: Annotated[list[int] | None, typer.Option(help="Only cases of this version, repeatable.")] = None,
    before: Annotated[str | None, typer.Option(metavar="INSTANT", help="Only incidents opened before then.")] = None,
    incident: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only these, repeatable.")] = None,
    canary: Annotated[int | None, typer.Option(help="Tried before any other.")] = None,
    at_once: Annotated[int | None, typer.Option(help="Under way at once, at most.")] = None,
    as_json: AsJson = False,
) -> None:
    """Order the same for every open incident of a group; a worker carries it out, a few first."""
    if kind not in KINDS:
        raise CommandFailed(f"{kind!r} is no kind of operation", hint=f"one of {', '.join(KINDS)}")
    of_kind: dict[str, dict[str, Any]] = {
        "correct": {"values": pairs(values)},
        "skip": {"step": step, "facts": pairs(facts)},
        "reroute": {"from_step": from_step or ""},
    }
    careful = {"canary": canary, "at_once": at_once, "before": before}
    body = {
        **of_kind.get(kind, {}),
        **{name: value for name, value in careful.items() if value is not None},
        "reason": reason,
        "dry_run": dry_run,
        "versions": version or [],
        "incidents": incident or [],
    }
    found = Client.from_settings().post(f"/incidents/groups/{segment(fingerprint)}/{kind}", body)
    if as_json:
        print_json(found)
    elif dry_run:
        rows = [(p["incident"], p["case"], p["ordered"] or f"{p['message']} [{p['code']}]") for p in found["preview"]]
        print_table(f"Would be ordered for {found['total']}", ("incident", "case", "what"), rows)
    else:
        _print(found["operation"])


@app.command("show")
def show(
    operation_id: OperationId,
    watch: Annotated[bool, typer.Option("--watch", help="Print its progress until it has ended.")] = False,
    status: Annotated[str | None, typer.Option(help="Only items that are so, such as `failed`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show how far an operation is, and what became of each incident."""
    client, path = Client.from_settings(), f"/operations/{segment(operation_id)}"
    found = client.get(path, status=status)
    while watch and (found["status"] == "running" or found["moving"]):
        print_line(progress(found))
        time.sleep(WATCH_SECONDS)
        found = client.get(path, status=status)
    if as_json:
        print_json(found)
        return
    _print(found)
    rows = [(i["place"], i["incident"], i["case"], i["status"], i["code"], i["message"]) for i in found["items"]]
    print_table("Items", ("#", "incident", "case", "status", "code", "message"), rows)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List operations, newest first."""
    found = Client.from_settings().get("/operations")
    if as_json:
        print_json(found)
        return
    rows = [(o["id"], o["kind"], o["fingerprint"], o["status"], progress(o), o["why"]) for o in found["operations"]]
    print_table("Operations", ("id", "kind", "group", "status", "progress", "why"), rows)


@app.command("cancel")
def cancel(
    operation_id: OperationId,
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """End an operation; what it has ordered stays ordered."""
    found = Client.from_settings().post(f"/operations/{segment(operation_id)}/cancel", {"reason": reason})
    if as_json:
        print_json(found)
        return
    _print(found)


def progress(found: dict[str, Any]) -> str:
    """How far it is, in a line."""
    ended = found["done"] + found["failed"] + found["left"]
    parts = ", ".join(f"{found[name]} {name}" for name in ("done", "failed", "moving", "waiting", "left"))
    return f"{ended} of {found['total']} ({parts})"


def _print(found: dict[str, Any]) -> None:
    shown = ("id", "kind", "fingerprint", "status", "why", "reason", "ordered_by")
    print_fields({**{name: found[name] for name in shown}, "progress": progress(found)})

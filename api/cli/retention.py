"""`interlock retention`: how long cases are kept, legal holds, and erasure of a person's values."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Retention: policies, runs, legal holds, erasure.")


class Scope(StrEnum):
    """What a hold is on."""

    CASE = "case"
    USER = "user"
    PARTY = "party"


AsWhy = Annotated[str, typer.Option(help="Why; it is recorded.")]


@app.command("policies")
def policies(as_json: AsJson = False) -> None:
    """List how long finished cases are kept."""
    found = Client.from_settings().get("/retention/policies")
    if as_json:
        print_json(found)
        return
    rows = [(p["process"], p["status"], p["compact_after_days"], p["erase_after_days"]) for p in found["policies"]]
    print_table("Retention", ("process", "status", "compacted after days", "erased after days"), rows)


@app.command("keep")
def keep(
    process: Annotated[str, typer.Argument(metavar="PROCESS", help="Name of a process, or '*'.")],
    status: Annotated[str, typer.Option(help="done, rejected, cancelled or '*'.")] = "*",
    compact_after_days: Annotated[int | None, typer.Option(min=0, help="Without it, never.")] = None,
    erase_after_days: Annotated[int | None, typer.Option(min=0, help="Without it, never.")] = None,
    as_json: AsJson = False,
) -> None:
    """Set how long cases of a process are kept after their end."""
    body = {
        "process": process,
        "status": status,
        "compact_after_days": compact_after_days,
        "erase_after_days": erase_after_days,
    }
    show(Client.from_settings().put("/retention/policies", body), as_json=as_json)


@app.command("run")
def run(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False, as_json: AsJson = False
) -> None:
    """Apply the policies now; a worker does so every hour by itself."""
    show(Client.from_settings().post("/retention/runs", {"dry_run": dry_run}), as_json=as_json)


@app.command("holds")
def holds(
    lifted: Annotated[bool, typer.Option("--all", help="Also those that were lifted.")] = False, as_json: AsJson = False
) -> None:
    """List the legal holds in force."""
    found = Client.from_settings().get("/retention/holds", lifted=lifted)
    if as_json:
        print_json(found)
        return
    rows = [
        (h["id"], h["scope"], h["subject"], h["why"], h["placed_by"], h["since"], h["lifted_at"])
        for h in found["holds"]
    ]
    print_table("Legal holds", ("id", "scope", "subject", "why", "by", "since", "lifted"), rows)


@app.command("hold")
def hold(
    scope: Annotated[Scope, typer.Argument(help="What it is on.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="Id of a case or user, or a party's key.")],
    why: AsWhy,
    as_json: AsJson = False,
) -> None:
    """Keep a case, or the cases of a user or party, from being compacted and erased."""
    body = {"scope": scope.value, "subject": subject, "why": why}
    show(Client.from_settings().post("/retention/holds", body), as_json=as_json)


@app.command("release")
def release(hold_id: Annotated[str, typer.Argument(metavar="ID")], why: AsWhy, as_json: AsJson = False) -> None:
    """Lift a hold."""
    show(Client.from_settings().post(f"/retention/holds/{segment(hold_id)}/lift", {"why": why}), as_json=as_json)


@app.command("erase")
def erase(
    case: Annotated[str | None, typer.Option(metavar="ID", help="All values of a case that has ended.")] = None,
    name: Annotated[list[str] | None, typer.Option(help="Only its values called so; repeatable.")] = None,
    value: Annotated[str | None, typer.Option(metavar="TEXT", help="A text, wherever it stands; - reads it.")] = None,
    user: Annotated[str | None, typer.Option(metavar="ID", help="A user's name, address, keys and roles.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it is recorded, so it must not hold the value.")] = "",
    confirm: Annotated[str | None, typer.Option(metavar="DIGEST", help="Erase what was listed.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what would be erased; with --confirm and the list's digest, erase it for good."""
    sought = sys.stdin.read().rstrip("\r\n") if value == "-" else value
    body = {"case": case, "names": name or [], "value": sought, "user": user, "reason": reason, "confirm": confirm}
    found: dict[str, Any] = Client.from_settings().post("/retention/erasures", body)
    if as_json:
        print_json(found)
        return
    rows = [(table, count, ", ".join(found["columns"].get(table, []))) for table, count in found["rows"].items()]
    print_table("Erased" if found["erased"] else "Would be erased", ("table", "rows", "columns"), rows)
    print_fields({"cases": found["cases"], "documents kept": found["kept_documents"], "not reached": found["beyond"]})
    if not found["erased"]:
        print_fields({"to erase it": f"--reason … --confirm {found['digest']}"})


def show(found: dict[str, Any], *, as_json: bool) -> None:
    """The answer, as one object or as fields."""
    if as_json:
        print_json(found)
        return
    print_fields(found)

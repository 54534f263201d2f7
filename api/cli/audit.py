"""`interlock audit`: the trail of a case, whether the chain is sound, and dossiers that prove it to outsiders."""

from __future__ import annotations

import sys
import tempfile
import zipfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Audit trail: show, verify, key, export.")


@app.command("show")
def show(case_id: Annotated[str, typer.Argument(metavar="CASE")], as_json: AsJson = False) -> None:
    """Show the audit entries of a case."""
    trail = Client.from_settings().get(f"/cases/{segment(case_id)}/audit")
    if as_json:
        print_json(trail)
        return
    rows = [(e["seq"], e["at"], e["kind"], e["step"], e["actor"], e["hash"][:12]) for e in trail["entries"]]
    print_table("Audit trail", ("number", "at", "what", "step", "who", "hash"), rows)


@app.command("verify")
def verify(as_json: AsJson = False) -> None:
    """Recompute the whole chain; exit 1 when it is not sound."""
    found = Client.from_settings().get("/audit/verify")
    if as_json:
        print_json(found)
    else:
        summary = {name: found[name] for name in ("tenant", "entries", "values", "erased", "head")}
        print_fields({"sound": "yes" if found["sound"] else "NO"} | summary)
        if found["problems"]:
            print_table("Problems", ("number", "what"), [(p["seq"], p["what"]) for p in found["problems"]])
    if not found["sound"]:
        raise typer.Exit(ExitCode.NO)


@app.command("key")
def key(
    checkpoint: Annotated[bool, typer.Option("--checkpoint", help="Print the newest checkpoint instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the key that verifies dossiers, or the newest checkpoint: give both to whoever will verify."""
    found = Client.from_settings().get("/audit/key")
    if as_json:
        print_json(found)
    elif not checkpoint:
        sys.stdout.write(f"{found['key']}\n")
    elif found["checkpoint"] is None:
        raise CommandFailed("the trail has no checkpoint yet: a worker makes the first", code=ExitCode.NO)
    else:
        sys.stdout.write(found["checkpoint"])


@app.command("export")
def export(
    out: Annotated[Path, typer.Option(metavar="DIR", help="A folder that is not there yet, or is empty.")],
    case: Annotated[str | None, typer.Option(metavar="ID", help="A case.")] = None,
    period: Annotated[
        str | None, typer.Option(metavar="FROM..TO", help="Days, both included, or instants with a time zone.")
    ] = None,
    whole: Annotated[
        bool, typer.Option("--whole", help="Show that no entry of the case is left out: with all later entries.")
    ] = False,
    known: Annotated[
        list[int] | None, typer.Option(metavar="SIZE", help="Size of a checkpoint that was kept; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write a dossier of a case or a period, for an outsider to verify with `interlock-verify`."""
    if (case is None) == (period is None):
        raise CommandFailed("say what the dossier is about: --case ID or --period FROM..TO")
    subject: dict[str, Any] = {"case": case} if case else span_of(str(period))
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise CommandFailed(f"{out} is not an empty folder", hint="name another with --out")
    with tempfile.TemporaryFile() as file:
        Client.from_settings().download("/audit/export", file, **subject, whole=whole, known=known or [])
        try:
            count = unpack(zipfile.ZipFile(file), out)
        except zipfile.BadZipFile as error:
            raise CommandFailed("the server sent no dossier") from error
    if as_json:
        print_json({"out": str(out), "files": count})
    else:
        print_fields({"dossier": str(out), "files": count, "to read": str(out / "index.html")})


def span_of(period: str) -> dict[str, str]:
    """The instants of `FROM..TO`; days are whole days in UTC, the last one included. Raises `CommandFailed`."""
    since, _, until = period.partition("..")
    try:
        return {"from": instant(since, days=0).isoformat(), "to": instant(until, days=1).isoformat()}
    except (ValueError, OverflowError) as error:
        raise CommandFailed(
            f"--period {period} is none", hint="2026-11-01..2026-11-30, or instants as 2026-11-01T08:00:00+01:00"
        ) from error


def instant(text: str, *, days: int) -> datetime:
    """An instant with its time zone, or the midnight that many days after a day. Raises `ValueError`."""
    if len(text) == len("2026-11-01"):
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC) + timedelta(days=days)
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return found


def unpack(archive: zipfile.ZipFile, out: Path) -> int:
    """Write the files of a dossier below `out`, and nowhere else; returns how many. Raises `CommandFailed`."""
    names = archive.namelist()
    for name in names:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name:
            raise CommandFailed(f"the server sent a file that leads out of {out}")
    try:
        out.mkdir(parents=True, exist_ok=True)
        archive.extractall(out)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be written: {error.strerror}") from error
    return len(names)

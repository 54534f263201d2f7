"""`interlock calendar`: business calendars."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import Client, read_text, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table
from policies.errors import CalendarInvalid
from policies.service_level_file import read_calendar

app = typer.Typer(no_args_is_help=True, help="Business calendars: list, show, set.")
FIELDS = ("name", "version", "digest", "set_by", "since", "reason")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the business calendars."""
    found = Client.from_settings().get("/calendars")
    if as_json:
        print_json(found)
        return
    rows = [(c["name"], c["version"], c["digest"][:12], c["set_by"], c["since"]) for c in found["calendars"]]
    print_table("Calendars", ("name", "version", "digest", "set by", "since"), rows)


@app.command("show")
def show(name: Annotated[str, typer.Argument(metavar="NAME")], as_json: AsJson = False) -> None:
    """Show the text of a calendar."""
    found = Client.from_settings().get(f"/calendars/{segment(name)}")
    if as_json:
        print_json(found)
        return
    sys.stdout.write(found["yaml"].rstrip("\n") + "\n")


@app.command("set")
def set_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The calendar, as YAML.")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """Put a calendar in the place of the one of its name."""
    text = read_text(file)
    try:
        read_calendar(text, name=file.name)
    except CalendarInvalid as error:
        raise CommandFailed(str(error), code=ExitCode.NOT_ASKED) from error
    print_set(Client.from_settings().put("/calendars", {"yaml": text, "reason": reason}), FIELDS, as_json=as_json)


def print_set(found: dict[str, Any], names: tuple[str, ...], *, as_json: bool) -> None:
    """What was set."""
    if as_json:
        print_json(found)
        return
    print_fields({name: found[name] for name in names})

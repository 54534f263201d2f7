"""`interlock switch`: what is off, and turning it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Kill switches: list, off, on.")


class Scope(StrEnum):
    """What can be switched."""

    TOOL = "tool"
    PROCESS = "process"
    AGENT = "agent"


AsScope = Annotated[Scope, typer.Argument(help="What it is.")]
AsName = Annotated[str, typer.Argument(metavar="NAME")]
AsReason = Annotated[str, typer.Option(help="Why; it is shown and recorded.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every switch that was ever turned, those that are off first."""
    found = Client.from_settings().get("/switches")
    if as_json:
        print_json(found)
        return
    rows = [
        (s["scope"], s["name"], "off" if s["off"] else "on", s["since"], s["set_by"], s["reason"], s["waiting_cases"])
        for s in found["switches"]
    ]
    print_table("Switches", ("scope", "name", "is", "since", "by", "reason", "waiting cases"), rows)


@app.command("off")
def off(scope: AsScope, name: AsName, reason: AsReason, as_json: AsJson = False) -> None:
    """Stop every call of a tool, of a process or of an agent within a second; its cases wait."""
    turn(scope, name, off=True, reason=reason, as_json=as_json)


@app.command("on")
def on(scope: AsScope, name: AsName, reason: AsReason, as_json: AsJson = False) -> None:
    """Let it be called again; the cases that wait go on by themselves."""
    turn(scope, name, off=False, reason=reason, as_json=as_json)


def turn(scope: Scope, name: str, *, off: bool, reason: str, as_json: bool) -> None:
    """Turn the switch and show it."""
    body = {"off": off, "reason": reason}
    switch: dict[str, Any] = Client.from_settings().put(f"/switches/{scope}/{segment(name)}", body)
    if as_json:
        print_json(switch)
        return
    print_fields({switch["scope"]: switch["name"], "is": "off" if switch["off"] else "on", "reason": switch["reason"]})

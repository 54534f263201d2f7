"""`interlock roles`: what roles allow, what they lack of this release, and completing one."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Roles: list, complete.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every role with what it lacks of this release; `complete` adds it."""
    found = Client.from_settings().get("/roles")
    if as_json:
        print_json(found)
        return
    rows = [
        (r["name"], r["title"], r["state"].replace("_", " "), ", ".join(r["missing"]), ", ".join(r["beyond"]))
        for r in found["roles"]
    ]
    print_table("Roles", ("role", "title", "is", "lacks", "allows beyond"), rows)


@app.command("complete")
def complete(
    role: Annotated[str, typer.Argument(metavar="ROLE", help="A built-in role.")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """Add to a built-in role what this release has and it lacks; what it allows beyond that stays."""
    found = Client.from_settings().post(f"/roles/{segment(role)}/complete", {"reason": reason})
    if as_json:
        print_json(found)
        return
    print_fields({"role": found["name"], "permissions": ", ".join(found["permissions"])})

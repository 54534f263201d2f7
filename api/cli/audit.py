"""`interlock audit`: the trail of a case, and whether the chain is sound."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.client import Client, segment
from api.cli.failure import ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Audit trail: show, verify.")


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

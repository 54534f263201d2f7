"""`interlock incident`: what automation gave up: retried, or closed."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Incidents: list, retry, close.")


@app.command("list")
def list_(
    status: Annotated[str | None, typer.Option(help="`open` or `closed`; else both.")] = None,
    as_json: AsJson = False,
) -> None:
    """List incidents, newest first."""
    found = Client.from_settings().get("/incidents", status=status)
    if as_json:
        print_json(found)
        return
    rows = [(i["id"], i["case"], i["step"], i["code"], i["message"], i["status"]) for i in found["incidents"]]
    print_table("Incidents", ("id", "case", "after step", "code", "message", "status"), rows)


@app.command("retry")
def retry(incident_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Close an incident and let its case go on."""
    incident = Client.from_settings().post(f"/incidents/{segment(incident_id)}/retry")
    if as_json:
        print_json(incident)
        return
    print_fields({"incident": incident["id"], "case": incident["case"], "status": incident["status"]})


@app.command("close")
def close(
    incident_id: Annotated[str, typer.Argument(metavar="ID")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """Close an incident that stopped no case."""
    incident = Client.from_settings().post(f"/incidents/{segment(incident_id)}/close", {"reason": reason})
    if as_json:
        print_json(incident)
        return
    print_fields({"incident": incident["id"], "case": incident["case"], "status": incident["status"]})

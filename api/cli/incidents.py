"""`interlock incident`: what automation gave up: shown with a proposed fix, fixed, retried, or closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="Incidents: list, show, apply, retry, close.")


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


@app.command("show")
def show(incident_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show an incident and the fix that an agent proposes."""
    found = Client.from_settings().get(f"/incidents/{segment(incident_id)}")
    if as_json:
        print_json(found)
        return
    print_fields({name: found[name] for name in ("id", "case", "step", "code", "message", "status")})
    if found["proposal"] is not None:
        print_fields(_told(found["proposal"]))


def _told(proposal: Mapping[str, Any]) -> Mapping[str, object]:
    """A proposal in lines. What a model wrote is shown as it is, never as markup."""
    answer = proposal["answer"] or {}
    quotes = " · ".join(quote["text"] for quote in answer.get("evidence", ()))
    mail = answer.get("mail") or {}
    lines = {
        "proposed": "hidden: decide without it" if proposal["blind"] else proposal["choice"] or proposal["status"],
        "because": answer.get("reason") or proposal["why"],
        "evidence": quotes,
        "mail": f"{mail['subject']}: {mail['body']}" if mail else "",
        "confidence": "not measured" if proposal["confidence_bps"] is None else f"{proposal['confidence_bps']} / 10000",
        "gate": proposal["gate"],
        "signals": ", ".join(proposal["signals"]),
        "model": proposal["model"] or "",
        "became": proposal["ended"] or "under way",
        "applied": proposal["applied_outcome"] or proposal["applied_by"] or "",
    }
    return {name: line for name, line in lines.items() if line}


@app.command("apply")
def apply(incident_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Carry out the fix that an agent proposes, in your name."""
    applied = Client.from_settings().post(f"/incidents/{segment(incident_id)}/apply")
    if as_json:
        print_json(applied)
        return
    print_fields({"incident": applied["incident"], "case": applied["case"], "created": applied["created"]})


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

"""`interlock incident`: what automation gave up: shown with a proposed fix, fixed, retried, or closed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.operations import group, groups
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.tasks import pairs

IncidentId = Annotated[str, typer.Argument(metavar="ID")]
Reason = Annotated[str, typer.Option(help="Why; recorded with the order.")]

app = typer.Typer(
    no_args_is_help=True,
    help="Incidents: list, groups, show, retry, correct, skip, reroute, cancel, apply, close.",
)
app.command("groups")(groups)
app.command("group")(group)


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
    columns = ("id", "case", "step", "code", "message", "status", "age", "alike", "next")
    rows = [row(incident) for incident in found["incidents"]]
    print_table("Incidents", columns, rows)


def row(found: Mapping[str, Any]) -> tuple[object, ...]:
    """An incident as a row of the table."""
    named = (found["code"], found["message"], found["status"], age(found["created_at"]), found["group"])
    return (found["id"], found["case"], failed_step(found), *named, found["next_step"])


def failed_step(found: Mapping[str, Any]) -> str:
    """The step that failed, as far as it is known."""
    return str(found["failed_step"] or f"after {found['step']}")


def age(created_at: str, *, now: datetime | None = None) -> str:
    """How long ago that was, in its largest unit."""
    passed = (now or datetime.now(UTC)) - datetime.fromisoformat(created_at)
    for unit, length in (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if passed >= length:
            return f"{passed // length} {unit}"
    return f"{max(0, passed // timedelta(seconds=1))} s"


@app.command("show")
def show(incident_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """Show an incident and the fix that an agent proposes."""
    found = Client.from_settings().get(f"/incidents/{segment(incident_id)}")
    if as_json:
        print_json(found)
        return
    print_fields(
        {
            **{name: found[name] for name in ("id", "case", "kind", "code", "message", "status")},
            "step": failed_step(found),
            "age": age(found["created_at"]),
            "group": f"{found['fingerprint']}: {found['group']} open",
            "next": found["next_step"],
        }
    )
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


@app.command("correct")
def correct(
    incident_id: IncidentId,
    reason: Reason,
    values: Annotated[list[str], typer.Option("--set", help="name=value, repeatable.")],
    as_json: AsJson = False,
) -> None:
    """Correct facts of the stopped case; it is judged again."""
    _order(incident_id, "correct", {"values": pairs(values), "reason": reason}, as_json)


@app.command("skip")
def skip(
    incident_id: IncidentId,
    reason: Reason,
    step: Annotated[str | None, typer.Option(help="Only if the case stands at this step.")] = None,
    facts: Annotated[list[str] | None, typer.Option("--fact", help="name=value, repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let the stopped case go on behind the step it stands at."""
    _order(incident_id, "skip", {"step": step, "facts": pairs(facts), "reason": reason}, as_json)


@app.command("reroute")
def reroute(
    incident_id: IncidentId,
    from_step: Annotated[str, typer.Option("--from", help="Step to go on from; the case has been at it.")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Let the stopped case go on from another step."""
    _order(incident_id, "reroute", {"from_step": from_step, "reason": reason}, as_json)


@app.command("cancel")
def cancel(incident_id: IncidentId, reason: Reason, as_json: AsJson = False) -> None:
    """Cancel the stopped case; what it has done is taken back first."""
    _order(incident_id, "cancel", {"reason": reason}, as_json)


def _order(incident_id: str, order: str, body: Mapping[str, Any], as_json: bool) -> None:
    ordered = Client.from_settings().post(f"/incidents/{segment(incident_id)}/{order}", dict(body))
    if as_json:
        print_json(ordered)
        return
    print_fields({name: ordered[name] for name in ("incident", "case", "ordered")})


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

"""`interlock authority`, `interlock delegation` and `interlock duty`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table
from policies.errors import RegisterInvalid
from policies.register import read_duties, read_matrix

authority = typer.Typer(no_args_is_help=True, help="The authority matrix: show, set.")
delegation = typer.Typer(no_args_is_help=True, help="Who may answer in your place: list, give, end.")
duty = typer.Typer(no_args_is_help=True, help="Duties that should not go together: rules, set, findings.")


@authority.command("show")
def show(as_json: AsJson = False) -> None:
    """Show which role may decide on what, up to which amount."""
    _print_matrix(Client.from_settings().get("/authority"), as_json=as_json)


@authority.command("set")
def set_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The matrix, as YAML.")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """Put the matrix of a file in the place of the one there is."""
    try:
        matrix = read_matrix(file.read_text(encoding="utf-8"), name=file.name)
    except (OSError, UnicodeDecodeError, RegisterInvalid) as error:
        raise CommandFailed(str(error), code=ExitCode.NOT_ASKED) from error
    body = {"rows": matrix.model_dump(mode="json")["rows"], "reason": reason}
    _print_matrix(Client.from_settings().put("/authority", body), as_json=as_json)


@delegation.command("list")
def list_(as_json: AsJson = False) -> None:
    """List what you gave and received and is not over."""
    found = Client.from_settings().get("/delegations")
    if as_json:
        print_json(found)
        return
    rows = [
        (d["id"], d["giver"], d["receiver"], d["effective_from"], d["effective_to"], d["cap_minor"], d["currency"])
        for d in found["delegations"]
    ]
    print_table("Delegations", ("id", "in the place of", "may answer", "from", "to", "cap", "currency"), rows)


@delegation.command("give")
def give(
    receiver: Annotated[str, typer.Argument(metavar="LOGIN", help="Who may answer in your place.")],
    to: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, as 2026-01-31.")],
    from_: Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day; else today.")] = None,
    cap_minor: Annotated[int | None, typer.Option("--cap-minor", help="At most this, in minor units.")] = None,
    currency: Annotated[str | None, typer.Option(help="Currency of the cap.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let somebody answer in your place; their own limit still binds."""
    body = {
        "receiver": receiver,
        "effective_from": day(from_ or datetime.now(UTC).date().isoformat()),
        "effective_to": day(to),
        "cap_minor": cap_minor,
        "currency": currency,
    }
    given = Client.from_settings().post("/delegations", body)
    if as_json:
        print_json(given)
        return
    print_fields({name: given[name] for name in ("id", "receiver", "effective_from", "effective_to", "cap_minor")})


@delegation.command("end")
def end(delegation_id: Annotated[str, typer.Argument(metavar="ID")], as_json: AsJson = False) -> None:
    """End what you gave, at once."""
    left = Client.from_settings().post(f"/delegations/{segment(delegation_id)}/end")
    if as_json:
        print_json(left)
        return
    print_fields({"ended": delegation_id, "left": len(left["delegations"])})


@duty.command("rules")
def rules(as_json: AsJson = False) -> None:
    """Show what nobody may do together, and what looks split."""
    _print_rules(Client.from_settings().get("/duties/rules"), as_json=as_json)


@duty.command("set")
def set_duties(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The rules about duties, as YAML.")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """Put the rules about duties of a file in the place of those in force."""
    try:
        wanted = read_duties(file.read_text(encoding="utf-8"), name=file.name)
    except (OSError, UnicodeDecodeError, RegisterInvalid) as error:
        raise CommandFailed(str(error), code=ExitCode.NOT_ASKED) from error
    body = {"rules": wanted.model_dump(mode="json"), "reason": reason}
    _print_rules(Client.from_settings().put("/duties/rules", body), as_json=as_json)


@duty.command("findings")
def findings(
    since: Annotated[str, typer.Option(metavar="DAY", help="First day, as 2026-01-01.")],
    until: Annotated[str | None, typer.Option(metavar="DAY", help="Last day; else today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what people did that does not go together, and what looks split. Exit 1 if there is anything."""
    last = day(until or datetime.now(UTC).date().isoformat())
    found = Client.from_settings().get("/duties/findings", since=day(since), until=last)
    if as_json:
        print_json(found)
    else:
        _print_findings(found)
    if found["toxic"] or found["splits"]:
        raise typer.Exit(1)


def day(text: str) -> str:
    """The day, as the server reads it. Raises `CommandFailed`."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise CommandFailed(f"{text!r} is no day (write 2026-01-31)", code=ExitCode.NOT_ASKED) from None


def _print_rules(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    pairs = [
        (p["id"], p["first"], p["second"], "ever" if p["within_days"] is None else f"{p['within_days']} days")
        for p in found["rules"]["pairs"]
    ]
    splits = [
        (s["id"], s["duty"], s["same"], s["count"], s["within_days"], s["just_under_bps"])
        for s in found["rules"]["splits"]
    ]
    who = f"set by {found['set_by']}" if found["set_by"] else "as they come with Interlock"
    print_table(f"Nobody does both, {who}", ("rule", "duty", "duty", "within"), pairs)
    print_table("Splits", ("rule", "duty", "same", "count", "within days", "just under (bps)"), splits)


def _print_findings(found: dict[str, Any]) -> None:
    toxic = [
        (t["rule"], ", ".join(t["people"]), _act(t["earlier"]), _act(t["later"]), t["source"]) for t in found["toxic"]
    ]
    splits = [
        (s["rule"], s["common"], len(s["acts"]), s["sum_minor"], s["limit_minor"], s["currency"])
        for s in found["splits"]
    ]
    print_table(f"Toxic pairs, in {found['acts']} acts", ("rule", "people", "earlier", "later", "source"), toxic)
    print_table("Splits", ("rule", "of", "acts", "sum", "limit", "currency"), splits)


def _act(act: dict[str, Any]) -> str:
    return f"{act['did']} to {act['to']} on {act['at'][:10]} ({act['id']})"


def _print_matrix(matrix: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(matrix)
        return
    columns = ("role", "matter", "entity", "currency", "limit_minor", "effective_from", "effective_to")
    print_table("Authority", columns, [tuple(row[name] for name in columns) for row in matrix["rows"]])

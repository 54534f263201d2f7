"""`interlock agents`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from api.cli.authority import day
from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(
    no_args_is_help=True, help="Agents: list, add, set; and how far their decisions are trusted: calibrate, status."
)

Sponsor = Annotated[str, typer.Option(metavar="LOGIN", help="The person who answers for it.")]
Limit = Annotated[
    list[str] | None,
    typer.Option(metavar="CURRENCY=MINOR", help="What it may move by itself, in minor units; once a currency."),
]
From = Annotated[str | None, typer.Option("--from", metavar="DAY", help="First day of the limits; else today.")]
To = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day of the limits; else no end.")]
Reason = Annotated[str, typer.Option(help="Why; it is recorded.")]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List agents with who answers for each, and what each may move by itself."""
    found = Client.from_settings().get("/agents")
    if as_json:
        print_json(found)
        return
    columns = ("login", "name", "may work", "sponsor", "roles", "limits")
    rows = [
        (a["login"], a["name"], "yes" if a["active"] else "no", a["sponsor"], ", ".join(a["roles"]), limits_text(a))
        for a in found["agents"]
    ]
    print_table("Agents", columns, rows)


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Its login: lower case.")],
    name: Annotated[str, typer.Option(help="What people see.")],
    sponsor: Sponsor,
    reason: Reason,
    role: Annotated[list[str] | None, typer.Option(help="A role it has; repeatable.")] = None,
    limit: Limit = None,
    from_: From = None,
    to: To = None,
    as_json: AsJson = False,
) -> None:
    """Make an agent; prints its API key, which is shown only now."""
    body = {"login": login, "name": name, "roles": role or [], **terms(sponsor, limit, from_, to), "reason": reason}
    made = Client.from_settings().post("/agents", body)
    if as_json:
        print_json(made)
        return
    print_fields({**fields(made["agent"]), "key (shown only now)": made["key"]})


@app.command("set")
def set_(
    login: Annotated[str, typer.Argument(metavar="LOGIN")],
    sponsor: Sponsor,
    reason: Reason,
    limit: Limit = None,
    from_: From = None,
    to: To = None,
    off: Annotated[bool, typer.Option("--off", help="It may not work any more; its key is refused.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put these terms in the place of what was set before; a limit not named is gone."""
    body = {**terms(sponsor, limit, from_, to), "active": not off, "reason": reason}
    agent = Client.from_settings().put(f"/agents/{segment(login)}", body)
    if as_json:
        print_json(agent)
        return
    print_fields(fields(agent))


def terms(sponsor: str, limits: list[str] | None, first: str | None, last: str | None) -> dict[str, Any]:
    """Sponsor and limits as the server takes them. Raises `CommandFailed`."""
    days = {
        "effective_from": day(first or datetime.now(UTC).date().isoformat()),
        "effective_to": day(last) if last else None,
    }
    return {"sponsor": sponsor, "limits": [{**limit_of(text), **days} for text in limits or []]}


def limit_of(text: str) -> dict[str, Any]:
    """`EUR=100000` as currency and minor units. Raises `CommandFailed`."""
    currency, _, minor = text.partition("=")
    if not (currency and minor.isascii() and minor.isdigit()):
        raise CommandFailed(f"{text!r} is no limit (write EUR=100000, in minor units)", code=ExitCode.NOT_ASKED)
    return {"currency": currency, "limit_minor": int(minor)}


def limits_text(agent: dict[str, Any]) -> str:
    """The limits of an agent, on one line."""
    return ", ".join(
        f"{one['limit_minor']} {one['currency']} from {one['effective_from']}"
        + (f" to {one['effective_to']}" if one["effective_to"] else "")
        for one in agent["limits"]
    )


def fields(agent: dict[str, Any]) -> dict[str, Any]:
    """An agent as fields for people."""
    shown = {name: agent[name] for name in ("login", "name", "sponsor")}
    return {
        **shown,
        "may work": "yes" if agent["active"] else "no",
        "roles": ", ".join(agent["roles"]),
        "limits": limits_text(agent) or "none: a person is asked about every amount",
    }

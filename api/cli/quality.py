"""`interlock quality`: figures of groups of reviewers, known-answer cases, second reviews."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.tasks import pairs

app = typer.Typer(no_args_is_help=True, help="Review quality: show figures, seed known cases, ask second reviewers.")
RATE = ("role", "second_bps", "known_bps", "seeds", "must_refuse", "flags_within_tasks")

Since = Annotated[str | None, typer.Option(metavar="INSTANT", help="As 2026-01-31T09:00:00+01:00.")]
Until = Annotated[str | None, typer.Option(metavar="INSTANT", help="As 2026-01-31T09:00:00+01:00.")]


@app.command("show")
def show(
    team: Annotated[str | None, typer.Option(help="A team's reviewers.")] = None,
    role: Annotated[str | None, typer.Option(help="Everybody who holds the role.")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="Only your own figures, which nobody else is shown.")] = False,
    since: Since = None,
    until: Until = None,
    as_json: AsJson = False,
) -> None:
    """Show the figures of a team or a role, or your own."""
    if mine == bool(team or role):
        raise CommandFailed("say --team, --role or --mine", code=ExitCode.NOT_ASKED)
    path = "/quality/mine" if mine else "/quality"
    found = Client.from_settings().get(path, team=team, role=role, since=since, until=until)
    if as_json:
        print_json(found)
        return
    print_fields({name: value for name, value in found.items() if name != "figures"})
    rows = [
        (name, one["withheld"] or shown(one["value"]), between(one), one["of"])
        for name, one in found["figures"].items()
    ]
    print_table("Figures", ("figure", "value", "95 % interval", "answers"), rows)


@app.command("seed")
def seed(
    task: Annotated[str, typer.Argument(metavar="TASK", help="An answered task.")],
    right: Annotated[str, typer.Option(help="What is right: approve, correct or reject.")],
    reason: Annotated[str, typer.Option(help="How that is known; its reviewers are told afterwards.")],
    values: Annotated[list[str] | None, typer.Option("--set", metavar="FIELD=VALUE", help="A right value.")] = None,
    as_json: AsJson = False,
) -> None:
    """Have an answered task asked again of others, as a case of which it is known what is right."""
    body = {"task": task, "right": right, "reason": reason, "set": pairs(values)}
    found = Client.from_settings().post("/quality/seeds", body)
    print_json(found) if as_json else print_fields(found)


@app.command("second-reviews")
def second_reviews(
    role: Annotated[str | None, typer.Option(help="Set the shares of this role's tasks.")] = None,
    share: Annotated[int | None, typer.Option(help="Answers asked a second time, in basis points.")] = None,
    known: Annotated[int | None, typer.Option(help="Answers a known case is put beside, in basis points.")] = None,
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show how much is checked, or with `--role` set it."""
    client = Client.from_settings()
    if role is not None:
        before: Mapping[str, Any] = next(
            (one for one in client.get("/quality/rates")["rates"] if one["role"] == role), {}
        )
        body = {
            "second_bps": share if share is not None else before.get("second_bps", 0),
            "known_bps": known if known is not None else before.get("known_bps", 0),
            "reason": reason,
        }
        changed = client.put(f"/quality/rates/{segment(role)}", body)
        print_json(changed) if as_json else print_fields({name: changed[name] for name in RATE})
        return
    if share is not None or known is not None:
        raise CommandFailed("say with --role whose tasks are meant", code=ExitCode.NOT_ASKED)
    found = client.get("/quality/rates")
    if as_json:
        print_json(found)
        return
    print_table("Shares", RATE, [tuple(one[name] for name in RATE) for one in found["rates"]])
    checks = [(one["kind"], one["status"], one["count"]) for one in found["checks"]]
    print_table("Checks", ("kind", "status", "count"), checks)


def shown(value: float | None) -> str | None:
    """A value for people."""
    return None if value is None else f"{value:.3g}"


def between(figure: Mapping[str, Any]) -> str | None:
    """An interval for people."""
    return None if figure["low"] is None else f"{figure['low']:.3g} to {figure['high']:.3g}"

"""`interlock keys`: API keys, and the service accounts that call the API with them. A key is printed once."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="API keys: list, issue, rotate, revoke; service accounts.")
Key = Annotated[str, typer.Argument(metavar="KEY", help="Id of the key, as `list` shows it.")]
Reason = Annotated[str, typer.Option(help="Why, for the audit trail.")]
Expires = Annotated[str | None, typer.Option(metavar="INSTANT", help="Until when it is good; without one, for ever.")]
COLUMNS = ("id", "prefix", "owner", "name", "created_at", "used_at", "expires_at", "revoked_at")
PAGE = 500


@app.command("list")
def list_(
    owner: Annotated[str | None, typer.Option(help="Only those of this login.")] = None,
    revoked: Annotated[bool, typer.Option("--revoked", help="Those of no use any more, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List API keys, the newest first, without what they are."""
    client, found = Client.from_settings(), list[dict[str, Any]]()
    wanted: dict[str, Any] = {"limit": PAGE, "revoked": revoked}
    while True:
        page = client.get("/api-keys", **wanted)
        found += [key for key in page["keys"] if owner in (None, key["owner"])]
        if page["next"] is None:
            break
        wanted["cursor"] = page["next"]
    if as_json:
        print_json({"keys": found})
        return
    print_table("API keys", COLUMNS, [tuple(key[name] for name in COLUMNS) for key in found])


@app.command("issue")
def issue(
    owner: Annotated[str, typer.Argument(metavar="LOGIN", help="Whom it acts as.")],
    name: Annotated[str, typer.Option(help="What it is for.")],
    reason: Reason,
    expires: Expires = None,
    as_json: AsJson = False,
) -> None:
    """Make a key of somebody who may do no more than you: prints it, once."""
    body = {"owner": owner, "name": name, "expires_at": expires, "reason": reason}
    _print_made(Client.from_settings().post("/api-keys", body), as_json=as_json)


@app.command("rotate")
def rotate(
    key: Key,
    reason: Reason,
    expires: Expires = None,
    overlap_hours: Annotated[int, typer.Option(min=0, max=720, help="How long the old one goes on being good.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Make a key in the place of one: prints it, once. The old one is refused after the overlap, or at once."""
    body = {"reason": reason, "expires_at": expires, "overlap_hours": overlap_hours}
    _print_made(Client.from_settings().post(f"/api-keys/{segment(key)}/rotate", body), as_json=as_json)


@app.command("revoke")
def revoke(key: Key, reason: Reason, as_json: AsJson = False) -> None:
    """Refuse a key from now on."""
    found = Client.from_settings().post(f"/api-keys/{segment(key)}/revoke", {"reason": reason})
    if as_json:
        print_json(found)
        return
    print_fields({name: found[name] for name in COLUMNS})


@app.command("services")
def services(as_json: AsJson = False) -> None:
    """List service accounts."""
    found = Client.from_settings().get("/service-accounts")
    if as_json:
        print_json(found)
        return
    columns = ("login", "name", "active", "created_at")
    rows = [(*(one[name] for name in columns), ", ".join(one["roles"])) for one in found["services"]]
    print_table("Service accounts", (*columns, "roles"), rows)


@app.command("add-service")
def add_service(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="How it is named in the trail.")],
    name: Annotated[str, typer.Option(help="How it is called.")],
    reason: Reason,
    role: Annotated[list[str] | None, typer.Option(help="A role of it; repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a service account. It has no key yet: `interlock keys issue`."""
    body = {"login": login, "name": name, "roles": role or [], "reason": reason}
    found = Client.from_settings().post("/service-accounts", body)
    if as_json:
        print_json(found)
        return
    print_fields({**found, "roles": ", ".join(found["roles"])})


def _print_made(made: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(made)
        return
    key = made["key"]
    print_fields({"secret": made["secret"], **{name: key[name] for name in ("id", "owner", "name", "expires_at")}})

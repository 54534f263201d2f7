"""`interlock account`: who may sign in, and one's own password. No password is ever an argument."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed
from api.cli.output import AsJson, print_fields, print_json, print_table
from api.cli.session_client import signed_in
from api.settings import load_settings

app = typer.Typer(no_args_is_help=True, help="Accounts: add, invite, disable, enable, list, reset; your own password.")
Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Login or id.")]
Tenant = Annotated[str | None, typer.Option(help="Organisation; needed where there are several.")]


@app.command("add")
def add(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="What they sign in with.")],
    name: Annotated[str, typer.Option(help="How they are called.")],
    email: Annotated[str | None, typer.Option(help="Where messages go.")] = None,
    role: Annotated[list[str] | None, typer.Option(help="A role of theirs; repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Add a person and invite them: prints the token they set their password with, once."""
    body = {"login": login, "name": name, "email": email, "roles": role or []}
    _print_given(Client.from_settings().post("/accounts", body), as_json=as_json)


@app.command("invite")
def invite(login: Login, as_json: AsJson = False) -> None:
    """Invite somebody who is known already; an earlier token of theirs is of no use any more."""
    _print_given(Client.from_settings().post(f"/accounts/{segment(login)}/invite"), as_json=as_json)


@app.command("reset")
def reset(login: Login, as_json: AsJson = False) -> None:
    """Let somebody choose another password: prints the token for it, once."""
    _print_given(Client.from_settings().post(f"/accounts/{segment(login)}/reset"), as_json=as_json)


@app.command("disable")
def disable(login: Login, as_json: AsJson = False) -> None:
    """Keep somebody out at once: sessions, tokens and API keys."""
    _print_answer(Client.from_settings().post(f"/accounts/{segment(login)}/disable"), as_json=as_json)


@app.command("enable")
def enable(login: Login, as_json: AsJson = False) -> None:
    """Let somebody in again."""
    _print_answer(Client.from_settings().post(f"/accounts/{segment(login)}/enable"), as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List everybody who signs in or could."""
    found = Client.from_settings().get("/accounts")
    if as_json:
        print_json(found)
        return
    columns = ("login", "name", "email", "active", "invited", "password_set_at")
    rows = [(*(account[name] for name in columns), ", ".join(account["roles"])) for account in found["accounts"]]
    print_table("Accounts", (*columns, "roles"), rows)


@app.command("sessions")
def sessions(
    login: Annotated[str | None, typer.Argument(metavar="[LOGIN]", help="Whose; without one, yours.")] = None,
    as_json: AsJson = False,
) -> None:
    """List sessions that are not over."""
    found = Client.from_settings().get(f"/accounts/{segment(login)}/sessions" if login else "/sessions")
    if as_json:
        print_json(found)
        return
    columns = ("id", "address", "agent", "started_at", "seen_at", "expires_at")
    print_table("Sessions", columns, [tuple(one[name] for name in columns) for one in found["sessions"]])


@app.command("end-sessions")
def end_sessions(login: Login, as_json: AsJson = False) -> None:
    """End all of somebody's sessions."""
    _print_answer(Client.from_settings().post(f"/accounts/{segment(login)}/end-sessions"), as_json=as_json)


@app.command("password")
def password(login: Login, tenant: Tenant = None, as_json: AsJson = False) -> None:
    """Change your password; your sessions end. Both are asked for, or are the first two lines of standard input."""
    old, new = secret("Password"), secret("New password", twice=True)
    with signed_in(login, old, tenant=tenant) as session:
        _print_answer(session.post("/session/password", {"password": old, "new_password": new}), as_json=as_json)


@app.command("redeem")
def redeem(as_json: AsJson = False) -> None:
    """Set a password with a token. Both are asked for, or are the first two lines of standard input."""
    body = {"token": secret("Token"), "new_password": secret("New password", twice=True)}
    _print_answer(Client(settings=load_settings()).post("/account/redeem", body), as_json=as_json)


def secret(what: str, *, twice: bool = False) -> str:
    """What is typed without being shown; the next line of standard input where that is no terminal.

    Raises `CommandFailed` without one.
    """
    if sys.stdin.isatty():
        return str(typer.prompt(what, hide_input=True, confirmation_prompt=twice, err=True))
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise CommandFailed(f"{what.lower()}: standard input ended", hint="give one secret a line")
    return line


def _print_given(given: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(given)
        return
    print_fields({name: given[name] for name in ("login", "purpose", "token", "expires_at")})


def _print_answer(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    print_fields(found)

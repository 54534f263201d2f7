"""`interlock notice`: what you were told, how you want to be told, and the tenant's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.client import Client, read_text, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table

app = typer.Typer(no_args_is_help=True, help="Notices to you: list, read, preferences, test, digest; texts, set-text.")
COLUMNS = ("id", "kind", "status", "created_at", "read_at", "title")


@app.command("list")
def list_(
    unread: Annotated[bool, typer.Option("--unread", help="Only those you have not read.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=500)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show your notices, the newest first."""
    found = Client.from_settings().get("/notices", unread=unread, limit=limit)
    if as_json:
        print_json(found)
        return
    rows = ([one[name] for name in COLUMNS] for one in found["notices"])
    print_table("notices", COLUMNS, rows)


@app.command("read")
def read(notice: Annotated[str, typer.Argument(metavar="ID", help="The notice.")], as_json: AsJson = False) -> None:
    """Show a notice whole, and mark it as read."""
    found = Client.from_settings().post(f"/notices/{segment(notice)}/read", {})
    if as_json:
        print_json(found)
        return
    print_fields({name: found[name] for name in ("id", "kind", "status", "why", "title") if found[name] is not None})
    print_line(found["text"])


@app.command("preferences")
def preferences(
    file: Annotated[Path | None, typer.Option("--file", help="All preferences as a JSON object.")] = None,
    change: Annotated[
        list[str] | None, typer.Option("--set", help="name=value of one preference, the value as JSON; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how you want to be told, or say it anew."""
    client = Client.from_settings()
    found: Mapping[str, Any] = client.get("/notices/preferences")
    if file is not None or change:
        wanted = _object(read_text(file), file.name) if file is not None else dict(found)
        found = client.put("/notices/preferences", {**wanted, **_changes(change or [])})
    if as_json:
        print_json(found)
        return
    print_fields({name: json.dumps(value, ensure_ascii=False) for name, value in found.items()})


@app.command("test")
def try_out(
    channel: Annotated[str | None, typer.Option(help="Try this channel first.")] = None, as_json: AsJson = False
) -> None:
    """Have a test sent to you."""
    told = Client.from_settings().post("/notices/test", {"channel": channel})
    if as_json:
        print_json(told)
        return
    print_line(f"notice {told['id']} is on its way: look at it with `interlock notice read {told['id']}`")


@app.command("digest")
def digest(as_json: AsJson = False) -> None:
    """Have sent to you now what waits for your digest or the end of your quiet hours."""
    asked = Client.from_settings().post("/notices/digest", {})
    if as_json:
        print_json(asked)
        return
    print_fields(asked)


@app.command("texts")
def texts(as_json: AsJson = False) -> None:
    """Show the texts that count, by kind and language."""
    found = Client.from_settings().get("/notices/texts")
    if as_json:
        print_json(found)
        return
    columns = ("kind", "language", "origin", "version", "title")
    print_table("texts", columns, ([one[name] for name in columns] for one in found["texts"]))


@app.command("set-text")
def set_text(
    kind: Annotated[str, typer.Argument(metavar="KIND", help="As task.assigned.")],
    language: Annotated[str, typer.Option(help="As en.")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    title: Annotated[str, typer.Option(help="The title; without it the packaged text counts again.")] = "",
    body: Annotated[Path | None, typer.Option(help="File with the body.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a text of your tenant's own in the place of the packaged one."""
    text = read_text(body) if body is not None else ""
    asked = {"kind": kind, "language": language, "title": title, "body": text, "reason": reason}
    found = Client.from_settings().put("/notices/texts", asked)
    if as_json:
        print_json(found)
        return
    print_fields({name: found[name] for name in ("kind", "language", "origin", "version", "title")})


def _changes(pairs: list[str]) -> dict[str, Any]:
    """`zone=Europe/Berlin` and `muted=["task.commented"]`; what is no JSON is text. Raises `CommandFailed`."""
    found: dict[str, Any] = {}
    for pair in pairs:
        name, equals, written = pair.partition("=")
        if not equals or not name:
            raise CommandFailed(f"{pair!r}: write name=value", code=ExitCode.NOT_ASKED)
        try:
            found[name] = json.loads(written)
        except ValueError:
            found[name] = written
    return found


def _object(text: str, name: str) -> dict[str, Any]:
    """The JSON object in a file. Raises `CommandFailed`."""
    try:
        found = json.loads(text)
    except ValueError as error:
        raise CommandFailed(f"{name} is no JSON: {error}", code=ExitCode.NOT_ASKED) from error
    if not isinstance(found, dict):
        raise CommandFailed(f"{name} holds no JSON object", code=ExitCode.NOT_ASKED)
    return found

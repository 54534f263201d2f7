"""`interlock message`: send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.client import Client, read_file
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json
from tools.document.errors import MalformedJson
from tools.document.strict_json import read_json

app = typer.Typer(no_args_is_help=True, help="Messages to cases that wait for them: send.")


@app.callback()
def message() -> None:
    """Messages to cases that wait for them: send."""


@app.command("send")
def send(
    name: Annotated[str, typer.Argument(help="Name of the message, such as payment.received.")],
    key: Annotated[str, typer.Option(help="Correlation key: which case it is for.")],
    message_id: Annotated[str, typer.Option("--id", help="The sender's id: a message is taken once.")],
    payload: Annotated[Path | None, typer.Option(help="JSON file with the payload, an object.")] = None,
    as_json: AsJson = False,
) -> None:
    """Send a message; without a case that waits for it, it waits for one."""
    told = {"name": name, "key": key, "message_id": message_id}
    body = json.dumps(told).encode()[:-1] + b', "payload": ' + (_payload(payload) if payload else b"{}") + b"}"
    taken = Client.from_settings().post_text("/messages", body, headers={})
    if as_json:
        print_json(taken)
        return
    print_fields({"message": taken["message_id"], "received by": taken["case"], "kept until": taken["expires_at"]})


def _payload(file: Path) -> bytes:
    """The file's own bytes: the server refuses what is ambiguous."""
    content = read_file(file)
    try:
        read_json(content)
    except MalformedJson as error:
        raise CommandFailed(f"{file}: {error.message} [{error.code}]", code=ExitCode.NO) from error
    return content

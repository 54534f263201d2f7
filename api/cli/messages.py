"""`interlock message`: send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from api.cli.client import Client, read_json_file
from api.cli.output import AsJson, print_fields, print_json

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
    told = json.dumps({"name": name, "key": key, "message_id": message_id}).encode()
    body = b'%s, "payload": %s}' % (told[:-1], read_json_file(payload) if payload else b"{}")
    taken = Client.from_settings().post_text("/messages", body, headers={})
    if as_json:
        print_json(taken)
        return
    print_fields({"message": taken["message_id"], "received by": taken["case"], "kept until": taken["expires_at"]})

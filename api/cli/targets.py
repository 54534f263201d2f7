"""`interlock target`: how each external system stands, and what it takes."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed
from api.cli.output import AsJson, print_fields, print_json, print_table

app = typer.Typer(no_args_is_help=True, help="External systems: list, limit.")


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List every target that was limited, counted or waited for, and how many cases wait."""
    found = Client.from_settings().get("/targets")
    if as_json:
        print_json(found)
        return
    rows = [
        (t["target"], t["breaker"], t["failures"], t["retry_at"], t["calls_under_way"], t["cases_waiting"], t["limits"])
        for t in found["targets"]
    ]
    print_table("Targets", ("target", "breaker", "failures", "tries at", "under way", "waiting", "limits"), rows)


@app.command("limit")
def limit(
    target: Annotated[str, typer.Argument(metavar="TARGET")],
    max_concurrent: Annotated[int | None, typer.Option(min=1, help="Calls at once.")] = None,
    calls: Annotated[int | None, typer.Option(min=1, help="Calls in `--per-seconds`.")] = None,
    per_seconds: Annotated[int, typer.Option(min=1)] = 1,
    burst: Annotated[int, typer.Option(min=1, help="Calls that may come together.")] = 1,
    failures: Annotated[int | None, typer.Option(min=1, help="Failures that open the breaker.")] = None,
    cool_down_seconds: Annotated[int, typer.Option(min=1, help="How long it is then left alone.")] = 30,
    none: Annotated[bool, typer.Option("--none", help="No limit at all.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set what a target takes, for all workers together, in place of all that was set before."""
    body: dict[str, Any] = {}
    if max_concurrent is not None:
        body["max_concurrent"] = max_concurrent
    if calls is not None:
        body["rate"] = {"calls": calls, "per_seconds": per_seconds, "burst": burst}
    if failures is not None:
        body["breaker"] = {"failures": failures, "cool_down_seconds": cool_down_seconds}
    if bool(body) is none:
        raise CommandFailed("say what the target takes", hint="--max-concurrent, --calls, --failures, or --none")
    found = Client.from_settings().put(f"/targets/{segment(target)}/limits", body)
    if as_json:
        print_json(found)
        return
    print_fields({"target": found["target"], "limits": found["limits"]})

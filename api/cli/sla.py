"""`interlock sla`: service levels, and the clocks of cases and tasks."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.calendar import print_set
from api.cli.client import Client, read_text, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table
from policies.errors import ServiceLevelInvalid
from policies.service_level import instant_written
from policies.service_level_file import read_service_levels

app = typer.Typer(no_args_is_help=True, help="Service levels and clocks: show, simulate, set, get; pause to stop.")
FIELDS = ("process", "version", "digest", "set_by", "since", "reason")
SHOWN = ("id", "scope", "name", "level", "state", "started_at", "due_at", "at_risk_since", "breached_at", "stopped_at")
RISK_COLUMNS = ("clock", "case", "title", "scope", "name", "state", "due_at")

ClockId = Annotated[str, typer.Argument(metavar="CLOCK", help="The clock's id, as `sla show` tells it.")]
Note = Annotated[str, typer.Option(help="Why; it is recorded.")]


@app.command("show")
def show(
    case_or_task: Annotated[str, typer.Argument(metavar="ID", help="A case or a task.")], as_json: AsJson = False
) -> None:
    """Show all clocks of a case or a task, and how each due instant came about."""
    found = Client.from_settings().get(f"/deadlines/{segment(case_or_task)}")
    if as_json:
        print_json(found)
        return
    for one in found["clocks"]:
        print_fields({name: one["clock"][name] for name in SHOWN if one["clock"][name] is not None})
        print_sentences(one["explanation"], one["note"])
        print_ladder(one["ladder"])
    if not found["clocks"]:
        print_line("no clocks")


@app.command("simulate")
def simulate(
    level: Annotated[Path, typer.Option("--level", metavar="FILE", help="Service levels, as YAML.")],
    from_: Annotated[str, typer.Option("--from", metavar="INSTANT", help="As 2026-01-31T09:00:00+01:00.")],
    calendar: Annotated[str | None, typer.Option(help="Count in this calendar instead.")] = None,
    data: Annotated[
        list[str] | None, typer.Option("--set", help="path=value of the case's data, as facts.amount=100; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what service levels would make of an instant, and how; nothing is changed."""
    text = readable_levels(level)
    try:
        instant_written(from_)
    except ValueError as error:
        raise CommandFailed(f"{from_!r} is no instant: {error}", code=ExitCode.NOT_ASKED) from error
    body = {"yaml": text, "started_at": from_, "calendar": calendar, "data": nested(data or [])}
    found = Client.from_settings().post("/service-levels/simulate", body)
    if as_json:
        print_json(found)
        return
    for one in found["levels"]:
        due_at = one["explanation"]["due_at"] if one["explanation"] else None
        print_fields({"level": one["level"], "applies": "yes" if one["applies"] else "no", "due_at": due_at})
        print_sentences(one["explanation"], one["unknown"])
        print_ladder(one["ladder"])
    print_warnings(found)


@app.command("set")
def set_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The service levels of a process, as YAML.")],
    reason: Annotated[str, typer.Option(help="Why; it is recorded.")],
    as_json: AsJson = False,
) -> None:
    """Put service levels in the place of those of their process."""
    body = {"yaml": readable_levels(file), "reason": reason}
    found = Client.from_settings().put("/service-levels", body)
    print_set(found, FIELDS, as_json=as_json)
    if not as_json:
        print_warnings(found)


@app.command("get")
def get(process: Annotated[str, typer.Argument(metavar="PROCESS")], as_json: AsJson = False) -> None:
    """Show the service levels of a process as they were written."""
    found = Client.from_settings().get(f"/service-levels/{segment(process)}")
    if as_json:
        print_json(found)
        return
    sys.stdout.write(found["yaml"].rstrip("\n") + "\n")


@app.command("risks")
def risks(
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many at most.")] = 100, as_json: AsJson = False
) -> None:
    """List the clocks that are at risk or breached, the soonest due first."""
    found = Client.from_settings().get("/deadlines", limit=limit)
    if as_json:
        print_json(found)
        return
    rows = [{**one["clock"], "clock": one["clock"]["id"], "title": one["title"]} for one in found["clocks"]]
    print_table("at risk or breached", RISK_COLUMNS, [[row[name] for name in RISK_COLUMNS] for row in rows])


@app.command("acknowledge")
def acknowledge(
    escalation: Annotated[str, typer.Argument(metavar="ESCALATION", help="Its id, as `sla show` and the notice tell.")],
    note: Annotated[str, typer.Option(help="What you do about it; it is recorded.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say that you look after it: it is not told again."""
    found = Client.from_settings().post(f"/escalations/{segment(escalation)}/acknowledge", {"note": note})
    if as_json:
        print_json(found)
        return
    print_fields({name: found[name] for name in ("id", "rung", "status", "acknowledged_by", "acknowledged_at")})


@app.command("pause")
def pause(
    clock: ClockId,
    reason: Annotated[str, typer.Option(help="One of the reasons that the clock's level names.")],
    note: Note,
    as_json: AsJson = False,
) -> None:
    """Let a clock stand still."""
    _move(clock, "pause", {"reason": reason, "note": note}, as_json=as_json)


@app.command("resume")
def resume(clock: ClockId, note: Note, as_json: AsJson = False) -> None:
    """Let a clock go on, due as much later as follows from the pause."""
    _move(clock, "resume", {"note": note}, as_json=as_json)


@app.command("restart")
def restart(clock: ClockId, note: Note, as_json: AsJson = False) -> None:
    """Let a clock count anew from now on."""
    _move(clock, "restart", {"note": note}, as_json=as_json)


@app.command("stop")
def stop(clock: ClockId, note: Note, as_json: AsJson = False) -> None:
    """Stop a clock for good."""
    _move(clock, "stop", {"note": note}, as_json=as_json)


def readable_levels(file: Path) -> str:
    """The file's text, if it holds service levels. Raises `CommandFailed`."""
    text = read_text(file)
    try:
        read_service_levels(text, name=file.name)
    except ServiceLevelInvalid as error:
        raise CommandFailed(str(error), code=ExitCode.NOT_ASKED) from error
    return text


def nested(pairs: Iterable[str]) -> dict[str, Any]:
    """`facts.amount=100` as `{"facts": {"amount": 100}}`; what is no JSON is text. Raises `CommandFailed`."""
    found: dict[str, Any] = {}
    for pair in pairs:
        path, equals, written = pair.partition("=")
        *parents, last = path.split(".")
        if not equals or not all((*parents, last)):
            raise CommandFailed(f"{pair!r}: write path=value", code=ExitCode.NOT_ASKED)
        place = found
        for name in parents:
            place = place.setdefault(name, {})
            if not isinstance(place, dict):
                raise CommandFailed(f"{pair!r}: {name} has a value already", code=ExitCode.NOT_ASKED)
        place[last] = _scalar(written)
    return found


def _scalar(text: str) -> str | int | bool:
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, int | bool) else text


def print_sentences(explanation: Mapping[str, Any] | None, note: str | None) -> None:
    """How an instant came about, a sentence a line, or why that cannot be said."""
    for sentence in explanation["sentences"] if explanation else ():
        print_line(f"  {sentence}")
    if note:
        print_line(f"  {note}")


def print_ladder(ladder: Mapping[str, Any] | None) -> None:
    """Every step, a line: when, what, and what became of it."""
    if ladder is None:
        return
    since = f", since {ladder['at_risk_since']}" if ladder["at_risk_since"] else ""
    print_line(f"  Ladder {ladder['name']}: at risk from {ladder['at_risk_at'] or 'nowhen'}{since}.")
    for step in ladder["steps"]:
        again = f" ({step['number']}. repeat)" if step["number"] else ""
        print_line(f"    {step['rung']}{again}: {step['action']} {step['when']}, {step['planned_at'] or 'no instant'}")
        reached = step["escalation"]
        told = ", ".join(f"{one['user']} ({one['why']})" for one in reached["told"]) if reached else ""
        parts = [step["state"], reached["at"] if reached else None, reached["id"] if reached and told else None]
        print_line(f"      {' '.join(part for part in parts if part)}{f': {told}' if told else ''}")
        if reached and reached["why"]:
            print_line(f"      {reached['why']}")


def print_warnings(found: Mapping[str, Any]) -> None:
    """What the ladders say that is hardly meant."""
    for warning in found["warnings"]:
        print_line(f"warning: {warning}")


def _move(clock: str, what: str, body: Mapping[str, str], *, as_json: bool) -> None:
    moved = Client.from_settings().post(f"/clocks/{segment(clock)}/{what}", body)
    if as_json:
        print_json(moved)
        return
    print_fields({name: moved[name] for name in SHOWN if moved[name] is not None})

"""`interlock analytics`: what the cases of a process took and became, counted from the audit trail."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table

app = typer.Typer(no_args_is_help=True, help="Analytics: show, map, rebuild.")

Days = Annotated[int, typer.Option(min=1, max=366, help="So many days back, today among them (UTC).")]
UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"))


@app.command("show")
def show(
    process: Annotated[str | None, typer.Argument(metavar="PROCESS", help="Without one: all, in a line each.")] = None,
    days: Days = 30,
    version: Annotated[int | None, typer.Option(help="Of this version only.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what cases took and became: all processes in a line each, or one by step, rule and agent."""
    client = Client.from_settings()
    if process is None:
        found = client.get("/analytics/processes", days=days)
        if as_json:
            print_json(found)
            return
        rows = [
            (one["process"], one["live"], one["incidents"], one["started"], one["ended"], share(one["straight_share"]))
            for one in found["processes"]
        ]
        print_table("Processes", ("process", "live", "incidents", "started", "ended", "straight"), rows)
        return
    found = client.get(f"/analytics/processes/{segment(process)}", days=days, version=version)
    if as_json:
        print_json(found)
    else:
        _print_process(found)


@app.command("map")
def map_(
    reference: Annotated[str, typer.Argument(metavar="NAME@VERSION")], days: Days = 30, as_json: AsJson = False
) -> None:
    """Show where the cases of a version stand and wait, the step that costs them most first."""
    found = Client.from_settings().get(f"/processes/{segment(reference)}/map", days=days)
    if as_json:
        print_json(found)
        return
    by_step = {one["step"]: one for one in found["figures"]}
    ranked = [by_step[step] for step in found["bottlenecks"]]
    rows = [
        (
            one["title"],
            one["live"],
            one["incidents"],
            length(one["mean_age_seconds"]),
            length(one["median_seconds"]),
            length(one["p90_seconds"]),
            length(one["blocked_seconds"]),
        )
        for one in ranked
    ]
    columns = ("step", "here now", "incidents", "for (mean)", "median", "90th", "waited in all")
    print_table(f"Bottlenecks of {reference}", columns, rows)
    _print_behind(found)


@app.command("rebuild")
def rebuild() -> None:
    """Forget all counts and have them counted again from the audit trail."""
    found = Client.from_settings().post("/analytics/rebuild")
    print_line(f"all counts are forgotten; workers count the {found['behind']} entries of the trail anew")


def _print_process(found: dict[str, Any]) -> None:
    print_fields(
        {
            "process": found["process"],
            "days": f"{found['window']['since']} to {found['window']['until']}",
            "live": found["live"],
            "ended": ", ".join(f"{count} {status}" for status, count in found["outcomes"].items()),
            "median": length(found["median_seconds"]),
            "90th": length(found["p90_seconds"]),
            "straight through": share(found["straight_share"]),
            "reworked": share(found["rework_share"]),
            "model cost a case": micros(found["cost_micros_per_case"]),
        }
    )
    steps = [
        (
            one["title"],
            one["live"],
            one["visits"],
            length(one["median_seconds"]),
            length(one["p90_seconds"]),
            share(one["waiting_share"]),
            one["reworked"],
        )
        for one in found["steps"]
    ]
    print_table("Steps", ("step", "here now", "passed", "median", "90th", "waiting", "done again"), steps)
    rules = [(one["rule"], one["asked"], one["overridden"], share(one["share"])) for one in found["rules"]]
    print_table("Rules that asked", ("rule", "asked", "approved all the same", "share"), rules)
    agents = [
        (one["decision_class"], one["decided"], one["autonomous"], one["reviewed"], share(one["share"]))
        for one in found["agents"]
    ]
    print_table("Agents", ("class", "decided", "alone", "reviewed", "overridden"), agents)
    _print_behind(found)


def _print_behind(found: dict[str, Any]) -> None:
    if found["behind"]:
        print_line(f"{found['behind']} entries of the trail are not counted yet")


def length(seconds: float | None) -> str | None:
    """A length in its largest fitting unit."""
    if seconds is None:
        return None
    for size, unit in UNITS:
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def share(value: float | None) -> str | None:
    """A share in percent."""
    return None if value is None else f"{value:.0%}"


def micros(value: float | None) -> str | None:
    """Millionths as a decimal."""
    return None if value is None else f"{value / 1_000_000:.4f}"

"""`interlock forecast`: what is foreseen of clocks, what would help, and what earlier forecasts were worth."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_fields, print_json, print_line, print_table
from policies.forecast_sentence import percent

app = typer.Typer(no_args_is_help=True, help="Forecasts: show, what-if, score.")


@app.command("show")
def show(
    case_or_task: Annotated[str | None, typer.Argument(metavar="ID", help="A case or a task.")] = None,
    risky: Annotated[bool, typer.Option("--risky", help="The riskiest running clocks instead.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=200, help="With --risky: at most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Show what is foreseen of a case's or task's clocks and what would help, or the riskiest clocks."""
    if risky is (case_or_task is not None):
        raise CommandFailed("name a case or a task, or say --risky", code=ExitCode.NOT_ASKED)
    client = Client.from_settings()
    if case_or_task is None:
        _print_risks(client.get("/forecasts", limit=limit), as_json=as_json)
        return
    found = client.get(f"/forecasts/{segment(case_or_task)}")
    if as_json:
        print_json(found)
        return
    for one in found["forecasts"]:
        _print_forecast(one)
    if not found["forecasts"]:
        print_line("no running clocks")


@app.command("what-if")
def what_if(
    case_or_task: Annotated[str, typer.Argument(metavar="ID", help="A case or a task.")],
    assign: Annotated[str, typer.Option(metavar="LOGIN", help="Who would have the task.")],
    as_json: AsJson = False,
) -> None:
    """Show what would be foreseen, had somebody else the task; nothing is changed."""
    found = Client.from_settings().post(f"/forecasts/{segment(case_or_task)}/what-if", {"assign": assign})
    if as_json:
        print_json(found)
        return
    for one in found["clocks"]:
        clock = one["now"]["clock"]
        print_fields({"clock": f"{clock['scope']} {clock['name']}", "due_at": clock["due_at"]})
        print_line(f"  as it is: {one['now']['sentence']}")
        print_line(f"  with {one['name']}: {one['then']['sentence']}")


@app.command("score")
def score(
    process: Annotated[str | None, typer.Option(metavar="PROCESS", help="Only of this process.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what forecasts whose end is known were worth."""
    client = Client.from_settings()
    found = client.get("/forecasts/score", process=process)
    if as_json:
        print_json(found)
        return
    rows = [("together", found["together"]), *found["points"].items()]
    table = [(name, s["forecasts"], *(_figure(s[key]) for key in ("base_rate", "brier", "skill"))) for name, s in rows]
    print_table("Forecasts", ("at", "forecasts", "breached", "Brier", "skill"), table)
    bins = [(one["forecasts"], percent(one["said"]), percent(one["happened"])) for one in found["together"]["bins"]]
    print_table("Reliability", ("forecasts", "said", "happened"), bins)
    alerts = found["alerts"]
    lead = alerts["median_lead_seconds"]
    print_fields(
        {
            "alerts": alerts["alerts"],
            "false alarms": alerts["false_alarms"],
            "median lead": None if lead is None else f"{lead / 3600:.1f} h of working time",
            "void": found["void"],
            "worse than the base rate": {True: "yes", False: "no", None: None}[found["drifted"]],
        }
    )


def _print_risks(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    rows = [
        (
            percent(one["probability"]),
            one["clock"]["case"],
            f"{one['clock']['scope']} {one['clock']['name']}",
            one["clock"]["due_at"],
            one["looked_at"],
        )
        for one in found["clocks"]
    ]
    print_table("Risks", ("probability", "case", "clock", "due", "looked at"), rows)


def _print_forecast(one: dict[str, Any]) -> None:
    clock = one["clock"]
    print_fields({"clock": f"{clock['scope']} {clock['name']}", "level": clock["level"], "due_at": clock["due_at"]})
    print_line(f"  {one['sentence']}")
    for option in one["options"][:3]:
        print_line(f"  {option['sentence']}")


def _figure(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"

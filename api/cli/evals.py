"""`interlock evals`: run a suite here, without a server.

The suites are imported when one runs, not before: every other command answers without waiting for them.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson, print_json, print_table

EVALUATION = "api.evaluation"

app = typer.Typer(no_args_is_help=True, help="Evals: list, run, calibrate.")


@app.callback()
def evals() -> None:
    """Measure how good Interlock is."""


@app.command("list")
def list_suites(as_json: AsJson = False) -> None:
    """The suites there are, and what each asks."""
    suites: dict[str, str] = importlib.import_module(EVALUATION).suites()
    if as_json:
        print_json([{"name": name, "about": about} for name, about in suites.items()])
    else:
        print_table("Suites", ("suite", "asks whether"), suites.items())


@app.command("run")
def run(
    suite: Annotated[str, typer.Argument(help="Name of the suite, such as documents, or `all`.")],
    data: Annotated[Path | None, typer.Option(help="Data set: a folder, `generated` or `generated_scans`.")] = None,
    repeat: Annotated[int, typer.Option(min=1, help="How often each case is run.")] = 1,
    against: Annotated[
        str | None, typer.Option(help="Hold against a baseline: `baseline` for the committed one, or a file.")
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="Make this run the baseline, if it passes its own gates.")
    ] = False,
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML to this file.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page for people to this file.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Ask the settings' endpoint instead of a cassette.")] = False,
    budget_calls: Annotated[
        int | None, typer.Option(min=1, help="With --live: make at most this many calls; further cases are left out.")
    ] = None,
    record: Annotated[
        Path | None, typer.Option(help="With --live: keep the answers in this file, as a cassette.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Run a suite and print its figures; exit 1 when a gate fails."""
    evaluation: Any = importlib.import_module(EVALUATION)
    if not live and (budget_calls is not None or record is not None):
        raise CommandFailed("--budget-calls and --record are of a run that asks an endpoint: add --live")
    asked = evaluation.live_endpoint(calls=budget_calls, record=record, progress=_progress) if live else None
    outputs = evaluation.Outputs(against=against, update=update_baseline, junit=junit, html=html)
    passed = True
    for finished in evaluation.run(suite, data=data, repeat=repeat, outputs=outputs, live=asked):
        sys.stdout.write(evaluation.as_json(finished) + "\n" if as_json else evaluation.as_text(finished))
        passed = passed and finished.result.passed
    if not passed:
        raise typer.Exit(ExitCode.NO)


def _progress(line: str) -> None:
    sys.stderr.write(f"{line}\n")


@app.command("script")
def script(
    decision_class: Annotated[str, typer.Argument(metavar="CLASS", help="A decision class, such as gl_coding.")],
    out: Annotated[Path, typer.Option(help="File that the cassette is written to.")],
    as_json: AsJson = False,
) -> None:
    """Write scripted answers to all cases of a decision class, as a cassette; they measure no model."""
    answers: int = importlib.import_module(EVALUATION).write_script(decision_class, out)
    told = {"class": decision_class, "file": str(out), "answers": answers}
    if as_json:
        print_json(told)
    else:
        print_table("Scripted", ("class", "file", "answers"), [(decision_class, str(out), str(answers))])


@app.command("calibrate")
def calibrate(
    what: Annotated[str, typer.Argument(help="What is calibrated: documents.")],
    out: Annotated[Path, typer.Option(help="File that the calibration is written to.")],
    data: Annotated[
        list[Path] | None,
        typer.Option(help="A folder, `generated` or `generated_scans`; may repeat."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fit how far readers may be believed, and write it."""
    if what != "documents":
        raise CommandFailed(f"{what!r} cannot be calibrated (known: documents)")
    report: Any = importlib.import_module(EVALUATION).calibrate(data or [], out)
    sys.stdout.write(report.model_dump_json() + "\n" if as_json else report.text())

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
    as_json: AsJson = False,
) -> None:
    """Run a suite and print its figures; exit 1 when a gate fails."""
    evaluation: Any = importlib.import_module(EVALUATION)
    outputs = evaluation.Outputs(against=against, update=update_baseline, junit=junit, html=html)
    passed = True
    for finished in evaluation.run(suite, data=data, repeat=repeat, outputs=outputs):
        sys.stdout.write(evaluation.as_json(finished) + "\n" if as_json else evaluation.as_text(finished))
        passed = passed and finished.result.passed
    if not passed:
        raise typer.Exit(ExitCode.NO)


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

"""`interlock evals`: run a suite here, without a server."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from api.cli.failure import CommandFailed, ExitCode
from api.cli.output import AsJson
from evals.calibrate import calibrate_documents
from evals.calibration_fit import CalibrationExtraMissing
from evals.dataset import DatasetError
from evals.documents import SUITE as DOCUMENTS
from evals.suites import UnknownSuite, suite_named

app = typer.Typer(no_args_is_help=True, help="Evals: run, calibrate.")


@app.callback()
def evals() -> None:
    """Measure how good Interlock is."""


@app.command("run")
def run(
    suite: Annotated[str, typer.Argument(help="Name of the suite, such as documents.")],
    data: Annotated[Path | None, typer.Option(help="Data set: a folder, `generated` or `generated_scans`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Run a suite and print its figures; exit 1 when a gate fails."""
    try:
        report = suite_named(suite)(data)
    except (DatasetError, UnknownSuite) as error:
        raise CommandFailed(str(error)) from error
    sys.stdout.write(report.model_dump_json() + "\n" if as_json else report.text())
    if not report.passed:
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
    if what != DOCUMENTS:
        raise CommandFailed(f"{what!r} cannot be calibrated (known: {DOCUMENTS})")
    try:
        report = calibrate_documents(data or [], out)
    except (DatasetError, CalibrationExtraMissing) as error:
        raise CommandFailed(str(error)) from error
    sys.stdout.write(report.model_dump_json() + "\n" if as_json else report.text())

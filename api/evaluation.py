"""The suites, run on this machine: with a data folder for the databases that some of them need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from api.cli.failure import CommandFailed
from api.data_folder import DataFolder
from api.settings import load_settings
from evals.calibrate import CalibrationReport, calibrate_documents
from evals.calibration_fit import CalibrationExtraMissing
from evals.comparison import BaselineUnfit
from evals.dataset import DatasetError
from evals.run import Outputs, RunRefused, as_json, as_text, run_suites
from evals.suites import SUITES, Finished, Request, UnknownSuite
from graphs.store.embedded import EmbeddedPostgresFailed

__all__ = ["Outputs", "as_json", "as_text", "calibrate", "run", "suites"]


def suites() -> dict[str, str]:
    """Names of the suites, each with what it asks."""
    return {suite.name: suite.about for suite in SUITES.values()}


def run(name: str, *, data: Path | None, repeat: int, outputs: Outputs) -> Iterator[Finished]:
    """Each suite as it finishes. Raises `CommandFailed`."""
    folder = DataFolder.prepared(load_settings().data_dir).path / "evals"
    try:
        yield from run_suites(name, Request(data=data, repeat=repeat, folder=folder), outputs)
    except (DatasetError, UnknownSuite, RunRefused, BaselineUnfit, EmbeddedPostgresFailed) as error:
        raise CommandFailed(str(error)) from error


def calibrate(data: Sequence[Path], out: Path) -> CalibrationReport:
    """Fit how far readers may be believed, and write it. Raises `CommandFailed`."""
    try:
        return calibrate_documents(data, out)
    except (DatasetError, CalibrationExtraMissing) as error:
        raise CommandFailed(str(error)) from error

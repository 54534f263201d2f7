"""The suites, run on this machine: with a data folder for the databases that some of them need."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from api.cli.failure import CommandFailed
from api.data_folder import DataFolder
from api.model import endpoint_of
from api.settings import load_settings, variable
from api.version import installed_version
from evals.agents import shipped
from evals.agents.classes import class_named
from evals.agents.live import Live
from evals.calibrate import CalibrationReport, calibrate_documents
from evals.calibration_fit import CalibrationExtraMissing
from evals.comparison import BaselineUnfit
from evals.dataset import DatasetError
from evals.run import Outputs, RunRefused, as_json, as_text, run_suites
from evals.run_record import record_of
from evals.run_shelf import RunShelf, new_run_id
from evals.suites import SUITES, Finished, Request, UnknownSuite
from graphs.store.embedded import EmbeddedPostgresFailed
from tools.clock import utc_now

__all__ = ["Outputs", "as_json", "as_text", "calibrate", "live_endpoint", "run", "suites", "write_script"]


def suites() -> dict[str, str]:
    """Names of the suites, each with what it asks."""
    return {suite.name: suite.about for suite in SUITES.values()}


def run(name: str, *, data: Path | None, repeat: int, outputs: Outputs, live: Live | None = None) -> Iterator[Finished]:
    """Each suite as it finishes. Raises `CommandFailed`."""
    data_folder = DataFolder.prepared(load_settings().data_dir)
    shelf, started_at = RunShelf(folder=data_folder.evaluation_runs), utc_now()
    request = Request(data=data, repeat=repeat, folder=data_folder.path / "evals", live=live)
    try:
        for finished in run_suites(name, request, outputs):
            keep(shelf, finished, started_at=started_at, against=outputs.against)
            yield finished
            started_at = utc_now()
    except (DatasetError, UnknownSuite, RunRefused, BaselineUnfit, EmbeddedPostgresFailed) as error:
        raise CommandFailed(str(error)) from error


def keep(shelf: RunShelf, finished: Finished, *, started_at: datetime, against: str | None) -> None:
    """Keep the run for the console; where that cannot be, the run counts all the same, and standard error says why."""
    record = record_of(
        finished.result,
        run_id=new_run_id(finished.result.suite, started_at),
        started_at=started_at,
        seconds=(utc_now() - started_at).total_seconds(),
        version=installed_version(),
        against=Path(against).name if against else "",
    )
    try:
        shelf.keep(record)
    except OSError as error:
        sys.stderr.write(f"the run of {finished.result.suite} was not kept: {error.strerror}\n")


def live_endpoint(*, calls: int | None, record: Path | None, progress: Callable[[str], None]) -> Live:
    """The settings' endpoint, to be asked within so many calls. Raises `CommandFailed` where none is set."""
    endpoint = endpoint_of(load_settings())
    if endpoint is None:
        raise CommandFailed(
            f"--live asks an endpoint, and none is set: set {variable('llm_base_url')} and {variable('llm_model')}"
        )
    return Live(endpoint=endpoint, calls=calls, record=record, progress=progress)


def write_script(name: str, out: Path) -> int:
    """Write a scripted cassette of a decision class, and say how many answers it holds. Raises `CommandFailed`."""
    try:
        return len(shipped.write_script(class_named(name), out).entries)
    except DatasetError as error:
        raise CommandFailed(str(error)) from error


def calibrate(data: Sequence[Path], out: Path) -> CalibrationReport:
    """Fit how far readers may be believed, and write it. Raises `CommandFailed`."""
    try:
        return calibrate_documents(data, out)
    except (DatasetError, CalibrationExtraMissing) as error:
        raise CommandFailed(str(error)) from error

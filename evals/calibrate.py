"""Fits the calibration of document reading and writes it, with the figures that say how far it may be believed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from evals.calibration_fit import cross_validated, fit, with_reliability
from evals.calibration_samples import Sample, samples_of
from evals.dataset import DatasetError
from evals.document_outcomes import read_all
from evals.documents import OTHERS_WEIGHT, OWN, dataset_in
from evals.generated import GENERATED
from tools.document.confidence_model import Calibration, FittedOn


class CalibrationReport(BaseModel):
    """What was fitted, and on what; nothing of a document is in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    calibration: Calibration

    def text(self) -> str:
        """The figures as a table for people."""
        return "\n".join(_rows(self)) + "\n"


def calibrate_documents(data: Sequence[Path], out: Path) -> CalibrationReport:
    """Fit on the data sets in `data` (`generated`: the project's own), and write the calibration to `out`.

    Its figures are cross-validated over all sets together, grouped by business case. Raises `DatasetError`, and
    `CalibrationExtraMissing` without scikit-learn.
    """
    samples: list[Sample] = []
    fitted_on: list[FittedOn] = []
    for folder in data or (Path(GENERATED),):
        dataset = dataset_in(folder)
        weight = 1.0 if dataset.name in OWN else OTHERS_WEIGHT
        found = samples_of(read_all(dataset), dataset=dataset.name, weight=weight)
        if not found:
            raise DatasetError(f"{folder} holds no document that could be read")
        samples += found
        documents = len({sample.file for sample in found})
        fitted_on.append(FittedOn(name=dataset.name, documents=documents, samples=len(found), weight=weight))
    calibration = with_reliability(fit(samples), cross_validated(samples), fitted_on)
    try:
        out.write_text(calibration.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
    except OSError as error:
        raise DatasetError(f"{out} cannot be written: {error.strerror}") from error
    return CalibrationReport(file=str(out), calibration=calibration)


def _rows(report: CalibrationReport) -> Iterator[str]:
    for fitted in report.calibration.fitted_on:
        yield f"{fitted.name}: {fitted.documents} documents, {fitted.samples} values, each counting {fitted.weight:g}"
    yield ""
    yield f"{'kind':<14}{'field':<18}{'values':>7}{'right':>7}{'ECE':>16}{'Brier':>18}  curve"
    for kind, model in report.calibration.kinds.items():
        for name, known in [("all", model.pooled), *model.fields.items()]:
            figures = known.reliability
            errors = f"{figures.ece_before or 0:.3f} > {figures.ece_after or 0:.3f}"
            squares = f"{figures.brier_before or 0:.4f} > {figures.brier_after or 0:.4f}"
            curve = "own" if known.curve else "of its kind" if model.pooled.curve else "none: nothing was wrong"
            yield f"{kind:<14}{name:<18}{figures.samples:>7}{figures.right:>7}{errors:>16}{squares:>18}  {curve}"
    yield ""
    yield f"written to {report.file}"

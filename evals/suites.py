"""The suites there are, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from evals.dataset import DatasetError
from evals.documents import SUITE as DOCUMENTS
from evals.documents import run_documents
from evals.generated import generated_dataset
from evals.guardrails.suite import SUITE as GUARDRAILS
from evals.guardrails.suite import run_guardrails


class Report(Protocol):
    """What every suite returns."""

    @property
    def passed(self) -> bool:
        """Whether every gate passed."""
        ...

    def text(self) -> str:
        """The report as a table for people."""
        ...

    def model_dump_json(self) -> str:
        """The report as one JSON object."""
        ...


Suite = Callable[[Path | None], Report]
"""Runs on a folder of data, or on data of its own. Raises `DatasetError`."""


def _documents(data: Path | None) -> Report:
    return run_documents(data, beside=generated_dataset)


def _guardrails(data: Path | None) -> Report:
    if data is not None:
        raise DatasetError(f"the suite {GUARDRAILS} brings its own data: leave --data out")
    return run_guardrails()


SUITES: Mapping[str, Suite] = MappingProxyType({DOCUMENTS: _documents, GUARDRAILS: _guardrails})


class UnknownSuite(LookupError):
    """No suite has that name."""


def suite_named(name: str) -> Suite:
    """The suite called `name`. Raises `UnknownSuite`."""
    try:
        return SUITES[name]
    except KeyError:
        raise UnknownSuite(f"no suite {name!r} (known: {', '.join(sorted(SUITES))})") from None

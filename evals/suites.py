"""The suites there are, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from evals.documents import SUITE as DOCUMENTS
from evals.documents import run_documents
from evals.report import SuiteReport

Suite = Callable[[Path], SuiteReport]
"""Runs on a folder of data. Raises `DatasetError`."""

SUITES: Mapping[str, Suite] = MappingProxyType({DOCUMENTS: run_documents})


class UnknownSuite(LookupError):
    """No suite has that name."""


def suite_named(name: str) -> Suite:
    """The suite called `name`. Raises `UnknownSuite`."""
    try:
        return SUITES[name]
    except KeyError:
        raise UnknownSuite(f"no suite {name!r} (known: {', '.join(sorted(SUITES))})") from None

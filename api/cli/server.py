"""`interlock serve` and `interlock worker`.

The engine is imported when it is run, not before: every other command answers without waiting for it.
"""

from __future__ import annotations

import importlib

PROGRAMS = "api.programs"


def serve() -> None:
    """Run API and worker in one process until Ctrl-C."""
    importlib.import_module(PROGRAMS).serve()


def worker() -> None:
    """Run a worker only, against the same database, until Ctrl-C."""
    importlib.import_module(PROGRAMS).worker()


COMMANDS = (serve, worker)

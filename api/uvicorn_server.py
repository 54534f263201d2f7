"""Uvicorn within a program that has other things to end, too."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn


class ApiServer(uvicorn.Server):
    """Uvicorn that leaves signals to its owner: the worker has to drain too."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

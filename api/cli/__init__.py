"""The command line `interlock`."""

from __future__ import annotations

from api.cli.command import main

__all__ = ["main"]

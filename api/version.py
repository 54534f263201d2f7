"""Which version of Interlock this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def installed_version() -> str:
    """The distribution's version; `0` when it runs from a folder that was never installed."""
    try:
        return version("interlock")
    except PackageNotFoundError:
        return "0"

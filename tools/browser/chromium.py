"""The Chromium that bots work with: the one that is named, else the system's, else Playwright's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.browser.errors import ChromiumMissing

VARIABLE = "INTERLOCK_CHROMIUM"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
HOW = "run `make install`, or name one with INTERLOCK_CHROMIUM"

ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)


def find_chromium(*, own: str = "", environment: Mapping[str, str] = os.environ) -> Path:
    """The executable; `own` is where Playwright's download would be. Raises `ChromiumMissing` with what to do."""
    named = environment.get(VARIABLE, "")
    if named:
        return _executable(named)
    for name in NAMES:
        found = shutil.which(name, path=environment.get("PATH"))
        if found:
            return Path(found)
    if own and Path(own).is_file():
        return Path(own)
    raise ChromiumMissing(f"there is no Chromium on this machine: {HOW}")


def _executable(named: str) -> Path:
    path = Path(named)
    if not (path.is_file() and os.access(path, os.X_OK)):
        raise ChromiumMissing(f"{VARIABLE} names {named}, which cannot be executed: {HOW}")
    return path


def arguments(marker: str) -> list[str]:
    """How Chromium is started; `marker` tells its processes from others. As root it has no sandbox to use."""
    return [*ARGUMENTS, marker, *(["--no-sandbox"] if os.geteuid() == 0 else [])]

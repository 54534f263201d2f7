"""The runs that were made on this machine: two files each in one folder, the newest of each suite.

What a run found is written first, and what is listed of it then: a run that is listed can be opened. A file that
another release wrote in another form, or that was cut off, is left out; nothing is guessed of it.
"""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import structlog
from pydantic import ValidationError

from evals.run_record import RunBrief, RunRecord

KEPT = 50
"""Runs of each suite that are kept."""
RUN_ID = re.compile(r"[0-9]{8}T[0-9]{12}-[a-z0-9_.]{1,80}-[0-9a-f]{8}")
ModelT = TypeVar("ModelT", RunBrief, RunRecord)
BRIEF, WHOLE = ".brief.json", ".run.json"

log = structlog.get_logger(__name__)


class RunMissing(LookupError):
    """There is no such run on this machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunShelf:
    """The runs in `folder`, which need not be there yet."""

    folder: Path

    def keep(self, record: RunRecord) -> None:
        """Write the run, and forget the oldest of its suite. Raises `OSError`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._write(record.brief.id + WHOLE, record.model_dump_json())
        self._write(record.brief.id + BRIEF, record.brief.model_dump_json())
        for run_id in self._ids(record.brief.suite)[KEPT:]:
            for suffix in (BRIEF, WHOLE):
                (self.folder / f"{run_id}{suffix}").unlink(missing_ok=True)

    def listed(self, suite: str | None = None, *, before: str | None = None, limit: int) -> list[RunBrief]:
        """Runs, the newest first; of one suite, and older than a run, where that is asked for."""
        found: list[RunBrief] = []
        for run_id in self._ids(suite):
            if before is not None and run_id >= before:
                continue
            brief = self._read(run_id + BRIEF, RunBrief)
            if brief is not None:
                found.append(brief)
            if len(found) == limit:
                break
        return found

    def get(self, run_id: str) -> RunRecord:
        """The whole run. Raises `RunMissing`."""
        found = self._read(run_id + WHOLE, RunRecord) if RUN_ID.fullmatch(run_id) else None
        if found is None:
            raise RunMissing(f"there is no run {run_id} on this machine, or another release wrote it")
        return found

    def before(self, run: RunBrief) -> RunRecord | None:
        """The run of the same suite, data and origin that was made before."""
        alike = (run.dataset, run.origin)
        for brief in self.listed(run.suite, before=run.id, limit=KEPT):
            if (brief.dataset, brief.origin) == alike:
                return self._read(brief.id + WHOLE, RunRecord)
        return None

    def _ids(self, suite: str | None) -> list[str]:
        """The newest first: an id begins with its instant."""
        names = (path.name.removesuffix(BRIEF) for path in self.folder.glob(f"*{BRIEF}"))
        known = (name for name in names if RUN_ID.fullmatch(name))
        return sorted((name for name in known if suite is None or suite_of(name) == suite), reverse=True)

    def _read(self, name: str, model: type[ModelT]) -> ModelT | None:
        try:
            return model.model_validate_json((self.folder / name).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            log.warning("evaluation.run_unread", file=name, error=type(error).__name__)
            return None

    def _write(self, name: str, content: str) -> None:
        partial = self.folder / f".{name}.{os.getpid()}"
        partial.write_text(content, encoding="utf-8")
        partial.replace(self.folder / name)


def new_run_id(suite: str, started_at: datetime) -> str:
    """An id that sorts by the instant and names the suite."""
    return f"{started_at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{suite}-{secrets.token_hex(4)}"


def suite_of(run_id: str) -> str:
    """The suite that an id names."""
    return run_id.split("-", 1)[1].rsplit("-", 1)[0]

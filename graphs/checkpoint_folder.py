"""The folder outside the database in which every checkpoint of a trail is kept, a file each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from graphs.errors import Conflict

SUFFIX = ".checkpoint"
READ_ONLY = 0o444


class CheckpointDiffers(Conflict):
    """The folder holds another checkpoint of that size: the trail or the folder was rewritten."""

    code = "checkpoint_differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFolder:
    """`path/<tenant>/<year-month>/<size>.checkpoint`. Files are added, and never changed or removed."""

    path: Path

    def largest(self, tenant: str) -> tuple[int, str] | None:
        """Size and note of the largest checkpoint that is kept; None without one."""
        found = max(self._of(tenant).glob(f"*/*{SUFFIX}"), key=_size, default=None)
        return None if found is None else (_size(found), found.read_text(encoding="utf-8"))

    def keep(self, tenant: str, *, size: int, at: datetime, note: str) -> Path:
        """Write the note to the disk, whole or not at all, and wait until it is there.

        Raises `CheckpointDiffers`, and `OSError` where the folder cannot be written.
        """
        folder = self._of(tenant) / f"{at:%Y-%m}"
        _make(folder)
        path = folder / f"{size:012}{SUFFIX}"
        partial = folder / f".{path.name}.{os.getpid()}"
        partial.unlink(missing_ok=True)
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, READ_ONLY), "w") as file:
            file.write(note)
            file.flush()
            os.fsync(file.fileno())
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            if path.read_text(encoding="utf-8") != note:
                raise CheckpointDiffers(f"{path} is not the checkpoint of {size} entries that the trail has") from None
        finally:
            partial.unlink()
        _sync(folder)
        return path

    def _of(self, tenant: str) -> Path:
        return self.path / quote(tenant, safe="").replace(".", "%2E")


def _size(path: Path) -> int:
    return int(path.name.removesuffix(SUFFIX))


def _make(folder: Path) -> None:
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        for made in (folder.parent, folder.parent.parent):
            _sync(made)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

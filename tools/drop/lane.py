"""One folder of a file drop: which files are ready, their bytes, and where they go.

Everybody who may write in the folder could be an attacker. So every step goes through the opened folder and never
through a path, no link is followed, a pipe is never waited for, and what is moved is the file that was read.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PARTIAL = (".part", ".partial", ".tmp", ".temp", ".crdownload", ".filepart", ".swp", "~")
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a file is as long as nobody writes to it."""

    inode: int
    size_bytes: int
    changed_ns: int

    @classmethod
    def of(cls, known: os.stat_result) -> Signature:
        """The signature of what `stat` says."""
        return cls(inode=known.st_ino, size_bytes=known.st_size, changed_ns=known.st_mtime_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class DroppedFile:
    """A file that is ready; `name` as the file system has it."""

    name: str
    signature: Signature


@dataclass(slots=True, kw_only=True)
class Lane:
    """A folder within the drop; `path` must be no link."""

    path: Path
    stable_seconds: float
    seen: dict[str, tuple[Signature, float]] = field(default_factory=dict[str, tuple[Signature, float]])

    def ready(self, *, at: float) -> list[DroppedFile]:
        """Files that have not changed for the time, the oldest first; `at` is an instant of a clock that never jumps.

        Raises `OSError`.
        """
        with self._opened() as folder:
            known = dict(self._candidates(folder))
        self.seen = {
            name: self.seen[name] if self.seen.get(name, (None, 0))[0] == signature else (signature, at)
            for name, signature in known.items()
        }
        ripe = [name for name, (_, since) in self.seen.items() if at - since >= self.stable_seconds]
        files = [DroppedFile(name=name, signature=known[name]) for name in ripe]
        return sorted(files, key=lambda file: (file.signature.changed_ns, file.name))

    def read(self, file: DroppedFile, *, limit: int) -> bytes | None:
        """Its bytes, at most `limit` and one; None where it is gone or is being changed. Raises `OSError`."""
        with self._opened() as folder:
            try:
                descriptor = os.open(file.name, FILE_FLAGS, dir_fd=folder)
            except FileNotFoundError:
                return None
            with os.fdopen(descriptor, "rb") as opened:
                if not self._is(opened.fileno(), file):
                    return None
                content = opened.read(limit + 1)
                return content if self._is(opened.fileno(), file) else None

    def put_away(self, file: DroppedFile, folder_name: str, *, tag: str, told: str | None) -> None:
        """Move the file into a folder of this lane, with a text beside it. Safe to repeat. Raises `OSError`.

        The text comes first: a refused file never lies there without its reason. A file that took its place in the
        meantime stays.
        """
        target = os.fsdecode(os.fsencode(f"{tag}-")[:40] + os.fsencode(file.name)[-LONGEST_NAME:])
        with self._opened() as folder:
            with suppress(FileExistsError):
                os.mkdir(folder_name, mode=0o770, dir_fd=folder)
            destination = os.open(folder_name, FOLDER_FLAGS, dir_fd=folder)
            try:
                if told is not None:
                    _write(destination, f"{target}.txt", told)
                with suppress(FileNotFoundError):
                    if Signature.of(os.stat(file.name, dir_fd=folder, follow_symlinks=False)) == file.signature:
                        os.rename(file.name, target, src_dir_fd=folder, dst_dir_fd=destination)
            finally:
                os.close(destination)

    def count(self, folder_name: str) -> int:
        """How many files lie in a folder of this lane, without the texts beside them."""
        folder = self.path / folder_name
        return sum(1 for file in folder.iterdir() if file.suffix != ".txt") if folder.is_dir() else 0

    def _candidates(self, folder: int) -> Iterator[tuple[str, Signature]]:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.casefold().endswith(PARTIAL):
                    continue
                with suppress(FileNotFoundError):
                    known = entry.stat(follow_symlinks=False)
                    # A file with a second name may be somebody else's, or is still being moved by link and unlink.
                    if stat.S_ISREG(known.st_mode) and known.st_nlink == 1:
                        yield entry.name, Signature.of(known)

    @staticmethod
    def _is(descriptor: int, file: DroppedFile) -> bool:
        known = os.fstat(descriptor)
        return stat.S_ISREG(known.st_mode) and Signature.of(known) == file.signature

    @contextmanager
    def _opened(self) -> Generator[int]:
        folder = os.open(self.path, FOLDER_FLAGS)
        try:
            yield folder
        finally:
            os.close(folder)


def _write(folder: int, name: str, text: str) -> None:
    fresh = f".{name}.new"
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode=0o660, dir_fd=folder)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
        file.write(text)
    os.rename(fresh, name, src_dir_fd=folder, dst_dir_fd=folder)


def tag_of(content: bytes) -> str:
    """A short name of the bytes."""
    return hashlib.sha256(content).hexdigest()[:12]

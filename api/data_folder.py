"""The data folder: what Interlock keeps on disk, private to the user it runs as."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from api.errors import DataFolderUnusable, DiskFull, SandboxInUse
from graphs.api_key import new_key

MINIMUM_FREE_BYTES = 512 * 1024 * 1024
CHECKPOINT_KEY_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFolder:
    """`path` with its `postgres`, `tryton` and `keys` folders."""

    path: Path

    @classmethod
    def prepared(cls, path: Path, *, minimum_free_bytes: int = MINIMUM_FREE_BYTES) -> DataFolder:
        """The folder, made if absent and found writable. Raises `DataFolderUnusable` or `DiskFull`."""
        absolute = path.expanduser().resolve()
        try:
            absolute.mkdir(parents=True, exist_ok=True)
            probe = absolute / f".writable-{os.getpid()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise DataFolderUnusable(
                f"the data folder {absolute} cannot be written to ({error.strerror}): set INTERLOCK_DATA_DIR"
            ) from error
        free = shutil.disk_usage(absolute).free
        if free < minimum_free_bytes:
            raise DiskFull(
                f"{absolute} has {free // 2**20} MiB free, and at least {minimum_free_bytes // 2**20} MiB are needed: "
                "make room, or set INTERLOCK_DATA_DIR to a folder on another disk"
            )
        return cls(path=absolute)

    @property
    def postgres(self) -> Path:
        """The embedded PostgreSQL's data."""
        return self.path / "postgres"

    @property
    def keys(self) -> Path:
        """The first API keys, one file a login."""
        return self.path / "keys"

    @property
    def evaluation_runs(self) -> Path:
        """What suites found that were run on this machine."""
        return self.path / "evals" / "runs"

    def key_file(self, login: str) -> Path:
        """Where the first key of `login` stands."""
        return self.keys / login

    def read_or_make_key(self, login: str) -> str:
        """The key in the login's file; made on first use, readable by the owner only."""
        path = self.key_file(login)
        self.keys.mkdir(mode=0o700, exist_ok=True)
        self.keys.chmod(0o700)
        if not path.exists():
            self._write_new(path, f"{new_key()}\n")
        return path.read_text().strip()

    @property
    def checkpoint_key(self) -> Path:
        """The key that seals the checkpoints of this installation."""
        return self.path / "checkpoint.key"

    def read_or_make_checkpoint_key(self) -> bytes:
        """The key in its file; made on first use, readable by the owner only."""
        if not self.checkpoint_key.exists():
            self._write_new(self.checkpoint_key, f"{secrets.token_hex(CHECKPOINT_KEY_BYTES)}\n")
        return bytes.fromhex(self.checkpoint_key.read_text().strip())

    @property
    def signing_key(self) -> Path:
        """The private key that signs the audit trail's checkpoints."""
        return self.path / "signing.key"

    def read_or_make_signing_key(self, make: Callable[[], str]) -> bytes:
        """The key in its file; made by `make` on first use, readable by the owner only."""
        if not self.signing_key.exists():
            self._write_new(self.signing_key, make())
        return self.signing_key.read_bytes()

    @property
    def checkpoints(self) -> Path:
        """The audit trail's checkpoints, a folder a tenant."""
        return self.path / "checkpoints"

    def _write_new(self, path: Path, content: str) -> None:
        """Write a private file whole, or leave the one another process has just written."""
        partial = path.with_name(f".{path.name}.{os.getpid()}")
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(content)
        try:
            path.hardlink_to(partial)
        except FileExistsError:
            return
        finally:
            partial.unlink()

    @contextmanager
    def sandbox_lock(self) -> Iterator[None]:
        """Hold the ERP sandbox of this folder. Raises `SandboxInUse`."""
        with (self.path / "sandbox.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise SandboxInUse(
                    f"another Interlock runs the ERP sandbox of {self.path}: stop it, or set INTERLOCK_DATA_DIR, "
                    "or set INTERLOCK_ERP=tryton with the address of a Tryton that both can use"
                ) from error
            yield

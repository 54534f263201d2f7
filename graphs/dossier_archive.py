"""The files of a dossier, written into a zip one behind the other, with the digest of each."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import IO

from policies.canonical import canonical_json

MANIFEST = "manifest.json"
SIGNATURE = "manifest.note"
STATEMENT = "interlock dossier v1\n"
"""First line of the signed note over a manifest; no checkpoint's origin."""


class DossierArchive:
    """Writes a dossier's files. The manifest comes last, because it names the digests of all others."""

    def __init__(self, file: IO[bytes], *, at: datetime) -> None:
        """Write into `file`; every file of the zip is dated `at`."""
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._at = at
        self.digests: dict[str, str] = {}

    def add(self, path: str, content: bytes) -> None:
        """Add a file."""
        with self.writing(path) as write:
            write(content)

    @contextmanager
    def writing(self, path: str) -> Generator[Callable[[bytes], None]]:
        """Add a file piece by piece; no other may be added meanwhile."""
        digest = hashlib.sha256()
        with self._zip.open(self._info(path), "w", force_zip64=True) as file:

            def write(piece: bytes) -> None:
                digest.update(piece)
                file.write(piece)

            yield write
        self.digests[path] = digest.hexdigest()

    def close(self, manifest: dict[str, object], *, sign: Callable[[str], str]) -> None:
        """Write the manifest with the digests of all files, and the signed note over it."""
        content = canonical_json({**manifest, "files": self.digests})
        self._zip.writestr(self._info(MANIFEST), content)
        note = sign(f"{STATEMENT}{hashlib.sha256(content).hexdigest()}\n")
        self._zip.writestr(self._info(SIGNATURE), note.encode())
        self._zip.close()

    def _info(self, path: str) -> zipfile.ZipInfo:
        at = self._at
        info = zipfile.ZipInfo(path, (at.year, at.month, at.day, at.hour, at.minute, at.second))
        info.compress_type = zipfile.ZIP_DEFLATED
        return info

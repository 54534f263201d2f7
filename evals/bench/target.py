"""The systems P2P-6 works with: documents that are read, and an ERP that honours keys and can be asked.

The ERP lives in the worker's process, its books in a file that all workers share and no SIGKILL can tear: a posting is
one line, appended under the file's lock by one system call or not at all. The lock goes with the process that holds it.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from evals.bench import reference
from evals.bench.step_log import StepLog
from policies.action import EffectKind
from tools.catalog import Catalog
from tools.port import OutcomeLookup

CHUNK = 1 << 20
READ = "bench.document.read"
POST = "bench.erp.post"


class _Arguments(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reading(_Arguments):
    """Which document."""

    number: str


class Posting(_Arguments):
    """What is posted; `amount_minor` in minor units of `currency`."""

    number: str
    order: str
    vendor_id: str
    amount_minor: int
    currency: str


class ReadDocument:
    """Reads the document of a number."""

    name: ClassVar[str] = READ
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = Reading
    time_limit: ClassVar[timedelta] = timedelta(seconds=5)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The document, about 2 KB."""
        return reference.extract(Reading.model_validate(arguments).number)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: reading leaves nothing behind."""
        return None


class Books:
    """The ERP's books in `file`."""

    def __init__(self, file: Path) -> None:
        """Open the books, new or not."""
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._read = 0
        self._entered: dict[str, str] = {}

    def enter(self, key: str, number: str, document: str) -> str:
        """Enter the posting, once a key; returns the document that stands under the key."""
        with self._locked():
            if key not in self._entered:
                os.write(self._descriptor, f"{key} {number} {document}\n".encode())
                self._read_on()
            return self._entered[key]

    def found(self, key: str) -> str | None:
        """The document that stands under the key."""
        with self._locked():
            return self._entered.get(key)

    @contextmanager
    def _locked(self) -> Generator[None]:
        """Nobody else reads or writes, and what others have entered is known."""
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        try:
            self._read_on()
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def _read_on(self) -> None:
        while whole := os.pread(self._descriptor, CHUNK, self._read).rpartition(b"\n")[0]:
            self._read += len(whole) + 1
            for line in whole.decode().splitlines():
                key, _, document = line.split(" ")
                self._entered[key] = document


def postings(file: Path) -> Counter[str]:
    """How often each number stands in the books."""
    return Counter(line.split(" ")[1] for line in file.read_text().splitlines())


@dataclass(frozen=True, slots=True, kw_only=True)
class PostInvoice:
    """Posts an invoice. The ERP takes `seconds` for it, half of them before the books change."""

    name: ClassVar[str] = POST
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = Posting
    time_limit: ClassVar[timedelta] = timedelta(seconds=3)

    books: Books
    log: StepLog
    seconds: float = 0.0

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        """The ERP's document number."""
        posting = Posting.model_validate(arguments)
        self.log.note(posting.number, "post")
        if self.seconds:
            await asyncio.sleep(self.seconds / 2)
        document = self.books.enter(key, posting.number, reference.document_number(posting.order))
        if self.seconds:
            await asyncio.sleep(self.seconds / 2)
        return {"erp_doc": document}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """What an earlier call with this key has posted."""
        document = self.books.found(key)
        return {"erp_doc": document} if document else None


def catalog(books: Books, log: StepLog, *, post_seconds: float) -> Catalog:
    """Both tools."""
    return Catalog([ReadDocument(), PostInvoice(books=books, log=log, seconds=post_seconds)])

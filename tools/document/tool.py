"""The tool `document.read`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from policies.action import EffectKind
from tools.document.errors import DocumentRefused, RecognitionUnavailable
from tools.document.isolation import read_document_isolated
from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.recognised import Recognise
from tools.errors import Permanent, Transient
from tools.port import OutcomeLookup

Load = Callable[[str], Awaitable[tuple[str, bytes]]]
"""The name and the bytes of the document with a SHA-256."""


class ReadDocumentArguments(BaseModel):
    """Which document to read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class ReadDocument:
    """Reads a stored document into facts. The result is a `Reading` as JSON."""

    name: ClassVar[str] = "document.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ReadDocumentArguments

    def __init__(self, load: Load, *, limits: Limits = DEFAULT_LIMITS, recognise: Recognise | None = None) -> None:
        """`load` fetches the bytes; the reading happens in a child process within `limits`.

        `recognise` reads the pages of scans, by default the OCR process of this process.
        """
        self._load = load
        self._limits = limits
        self._recognise = recognise

    @property
    def time_limit(self) -> timedelta:
        """How long one reading may take, a scan of many pages included."""
        return self._limits.time_limit + timedelta(seconds=self._limits.scan_seconds)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The reading. Raises `Permanent` with the refusal's code: the same bytes are refused again; `Transient` where
        the text recognition is busy.
        """
        asked = ReadDocumentArguments.model_validate(arguments.model_dump())
        name, content = await self._load(asked.document_sha256)
        try:
            reading = await read_document_isolated(content, name=name, limits=self._limits, recognise=self._recognise)
        except RecognitionUnavailable as busy:
            raise Transient(busy.message, tool=self.name, code=busy.code) from busy
        except DocumentRefused as refused:
            raise Permanent(refused.message, tool=self.name, code=refused.code) from refused
        return reading.model_dump(mode="json")

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: reading leaves nothing behind to be found, and may simply be done again."""
        return None

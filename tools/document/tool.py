"""The tool `document.read`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from policies.action import EffectKind
from tools.document.errors import DocumentRefused, NotScanned, RecognitionUnavailable
from tools.document.isolation import NO_SAFEGUARDS, Safeguards, read_document_isolated
from tools.document.recognised import Recognise
from tools.document.template import Template
from tools.errors import Permanent, Transient
from tools.port import OutcomeLookup

Load = Callable[[str], Awaitable[tuple[str, bytes]]]
"""The name and the bytes of the document with a SHA-256."""
Templates = Callable[[], Awaitable[Sequence[Template]]]
"""The templates that the tenant's reviewers have taught."""


async def no_templates() -> Sequence[Template]:
    """Nobody taught anything."""
    return ()


READ_AT_ONCE: Final = 4
"""So many documents a worker reads at once: each may take as much memory as the limits allow."""


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

    def __init__(
        self,
        load: Load,
        *,
        safeguards: Safeguards = NO_SAFEGUARDS,
        recognise: Recognise | None = None,
        templates: Templates = no_templates,
        slots: asyncio.Semaphore | None = None,
    ) -> None:
        """`load` fetches the bytes; they are scanned, read in a child process, and validated as `safeguards` say.

        `recognise` reads the pages of scans, by default the OCR process of this process; `templates` are what the
        tenant's reviewers have taught. `slots` are shared with other readers of documents.
        """
        self._load = load
        self._safeguards = safeguards
        self._recognise = recognise
        self._templates = templates
        self._slots = slots or asyncio.Semaphore(READ_AT_ONCE)

    @property
    def time_limit(self) -> timedelta:
        """How long one reading may take, with its virus scan, the recognition of its pages and its validation."""
        return self._safeguards.time_limit

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The reading. Raises `Permanent` with the refusal's code; the same bytes are refused again.

        Raises `Transient` where the virus scanner gave no verdict: the document stays closed until it does; and where
        the text recognition is busy.
        """
        asked = ReadDocumentArguments.model_validate(arguments.model_dump())
        name, content = await self._load(asked.document_sha256)
        try:
            async with self._slots:
                reading = await read_document_isolated(
                    content,
                    name=name,
                    safeguards=self._safeguards,
                    recognise=self._recognise,
                    templates=await self._templates(),
                )
        except (NotScanned, RecognitionUnavailable) as refused:
            raise Transient(refused.message, tool=self.name, code=refused.code) from refused
        except DocumentRefused as refused:
            raise Permanent(refused.message, tool=self.name, code=refused.code) from refused
        return reading.model_dump(mode="json")

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: reading leaves nothing behind to be found, and may simply be done again."""
        return None

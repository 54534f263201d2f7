"""The tool `document.text`."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from policies.action import EffectKind
from tools.document.errors import DocumentRefused, NotScanned, RecognitionUnavailable
from tools.document.isolation import NO_SAFEGUARDS, Safeguards, page_texts_isolated
from tools.document.page_text import MOST_PAGES
from tools.document.recognised import Recognise
from tools.document.tool import READ_AT_ONCE, Load
from tools.errors import Permanent, Transient
from tools.port import OutcomeLookup


class DocumentTextArguments(BaseModel):
    """Of which document, and of how many of its pages from the first on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    pages: Annotated[int, Field(ge=1, le=MOST_PAGES)] = MOST_PAGES


class DocumentText:
    """The words of a stored document, page by page, for whoever has to be shown them. The result is a `PageTexts`."""

    name: ClassVar[str] = "document.text"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = DocumentTextArguments

    def __init__(
        self,
        load: Load,
        *,
        safeguards: Safeguards = NO_SAFEGUARDS,
        recognise: Recognise | None = None,
        slots: asyncio.Semaphore | None = None,
    ) -> None:
        """`load` fetches the bytes; they are scanned and read in a child process as `safeguards` say.

        `recognise` reads the pages without text, by default the OCR process of this process. `slots` are shared with
        other readers of documents: each child may take as much memory as the limits allow.
        """
        self._load = load
        self._safeguards = safeguards
        self._recognise = recognise
        self._slots = slots or asyncio.Semaphore(READ_AT_ONCE)

    @property
    def time_limit(self) -> timedelta:
        """How long it may take, with the virus scan and the recognition of pages."""
        return self._safeguards.time_limit

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The texts. Raises `Permanent` with the refusal's code; the same bytes are refused again.

        Raises `Transient` where the virus scanner gave no verdict, and where the text recognition is busy.
        """
        asked = DocumentTextArguments.model_validate(arguments.model_dump())
        name, content = await self._load(asked.document_sha256)
        try:
            async with self._slots:
                texts = await page_texts_isolated(
                    content, name=name, most=asked.pages, safeguards=self._safeguards, recognise=self._recognise
                )
        except (NotScanned, RecognitionUnavailable) as refused:
            raise Transient(refused.message, tool=self.name, code=refused.code) from refused
        except DocumentRefused as refused:
            raise Permanent(refused.message, tool=self.name, code=refused.code) from refused
        return texts.model_dump(mode="json")

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: reading leaves nothing behind to be found, and may simply be done again."""
        return None

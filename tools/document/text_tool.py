"""The tool `document.text`."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from tools.document.isolation import page_texts_isolated
from tools.document.page_text import MOST_PAGES
from tools.document.recognised import Recognise
from tools.document.tool import StoredDocumentTool


class DocumentTextArguments(BaseModel):
    """Of which document, and of how many of its pages from the first on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    document_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    pages: Annotated[int, Field(ge=1, le=MOST_PAGES)] = MOST_PAGES


class DocumentText(StoredDocumentTool):
    """The words of a stored document, page by page, for whoever has to be shown them. The result is a `PageTexts`."""

    name: ClassVar[str] = "document.text"
    arguments: ClassVar[type[BaseModel]] = DocumentTextArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The texts. Raises `Permanent`, `Transient` or `Elsewhere`."""
        asked = DocumentTextArguments.model_validate(arguments.model_dump())

        async def read(name: str, content: bytes, recognise: Recognise | None) -> BaseModel:
            return await page_texts_isolated(
                content, name=name, most=asked.pages, safeguards=self._safeguards, recognise=recognise
            )

        return await self._result(asked.document_sha256, read)

"""Documents and pictures of their pages, whatever they belong to; each is drawn in a process of its own."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import Path, Response

from api.archive_door import ArchiveDoor
from api.problems import RequestRefused
from api.views.task_options import DocumentList, DocumentView, PageList
from graphs.store.tables import Document
from tools.document.errors import DocumentRefused, NoSuchPage
from tools.document.isolation import page_png_isolated, page_sizes_isolated

Sha256 = Annotated[str, Path(pattern="^[0-9a-f]{64}$", description="The document's SHA-256.")]
UNCHANGED = "private, max-age=86400, immutable"
"""A document is named by its digest: what is drawn of it never changes. Only the one browser keeps it."""


def documents_listed(found: Sequence[tuple[Document, int]]) -> DocumentList:
    """Documents, each with how many values were read from it."""
    return DocumentList(
        documents=[
            DocumentView(
                sha256=one.sha256, name=one.name, media_type=one.media_type, size_bytes=one.size_bytes, values=values
            )
            for one, values in found
        ]
    )


async def pages_of(document: Document, door: ArchiveDoor) -> PageList:
    """The pages of a document with their sizes. Raises `RequestRefused`."""
    try:
        async with door.slots:
            sizes = await page_sizes_isolated(document.content, name=document.name, safeguards=door.safeguards)
    except DocumentRefused as refused:
        raise not_shown(refused) from refused
    return PageList.of(sizes)


async def page_drawn(document: Document, page: int, door: ArchiveDoor) -> Response:
    """A page of a document as a PNG. Raises `RequestRefused`."""
    try:
        async with door.slots:
            png = await page_png_isolated(document.content, page, name=document.name, safeguards=door.safeguards)
    except DocumentRefused as refused:
        raise not_shown(refused) from refused
    headers = {"Cache-Control": UNCHANGED, "X-Content-Type-Options": "nosniff"}
    return Response(png, media_type="image/png", headers=headers)


def not_shown(refused: DocumentRefused) -> RequestRefused:
    """404 for a page that is not there, 422 for a document that nobody should open."""
    status = HTTPStatus.NOT_FOUND if isinstance(refused, NoSuchPage) else HTTPStatus.UNPROCESSABLE_ENTITY
    return RequestRefused(status, refused.code, refused.message)

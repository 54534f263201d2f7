"""Data sets of documents with the values a reader must find in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

INDEX_NAMES = ("index.json", "truth.json")


class DatasetError(Exception):
    """The data set cannot be read."""


class ExpectedLine(BaseModel):
    """One line item as the sender meant it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    description: str | None = None
    quantity: str | None = None
    unit_price: str | None = None
    amount: str | None = None


class EvalDocument(BaseModel):
    """A document, its kind, and what is expected of it.

    `visible` says for some fields whether the value is printed on the pages at all; None for documents
    without pages. Documents of one `group` are one business case: a scan beside the PDF it was made from.
    `content` are the bytes of a document that stands in no file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    path: Path
    kind: str
    group: str
    fields: Mapping[str, str]
    lines: tuple[ExpectedLine, ...] | None
    visible: Mapping[str, bool] | None
    content: bytes | None = None

    def read(self) -> bytes:
        """The document itself. Raises `DatasetError`."""
        if self.content is not None:
            return self.content
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise DatasetError(f"{self.path} cannot be read: {error.strerror}") from error


class Dataset(BaseModel):
    """A named set of documents."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    documents: tuple[EvalDocument, ...]


def load_dataset(data: Path) -> Dataset:
    """The data set whose `index.json` (or `truth.json`) stands in `data`. Raises `DatasetError`."""
    index = next((data / name for name in INDEX_NAMES if (data / name).is_file()), None)
    if index is None:
        raise DatasetError(f"{data} holds neither {' nor '.join(INDEX_NAMES)}; name the folder that does")
    try:
        content = json.loads(index.read_text(encoding="utf-8"))
        documents = tuple(_document(record, data) for record in content["documents"])
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{index} is not an index of documents: {error}") from error
    return Dataset(name=str(content.get("set", data.name)), documents=documents)


def _document(record: dict[str, Any], data: Path) -> EvalDocument:
    expected = dict(record["expected"])
    lines = expected.pop("lines", None)
    return EvalDocument(
        file=record["file"],
        path=data / record["file"],
        kind=record["kind"],
        group=str(record.get("group", record["file"])),
        fields=expected,
        lines=None if lines is None else tuple(ExpectedLine.model_validate(line) for line in lines),
        visible=record.get("visible_in_text_layer"),
    )

"""The project's own documents as a data set: fictional, in every form, layout and language."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from evals.dataset import Dataset, EvalDocument, ExpectedLine
from tools.testing.invoices.collection import DEFAULT_DAY, Item, make_collection

GENERATED: Final = "generated"
SEEDS: Final = (11, 12, 13, 14, 15, 16, 17)
COUNT: Final = 315
"""Of each seed: all combinations of form, layout and language."""


def generated_dataset(*, seeds: Iterable[int] = SEEDS, count: int = COUNT) -> Dataset:
    """`count` documents of each seed; same arguments, same documents.

    Pages of one layout share a group, so that a fold is scored on layouts nothing was fitted on; an XML document
    has no layout and is a group of its own.
    """
    documents = tuple(
        _document(seed, item) for seed in seeds for item in make_collection(seed, today=DEFAULT_DAY, count=count)
    )
    return Dataset(name=GENERATED, documents=documents)


def _document(seed: int, item: Item) -> EvalDocument:
    file = f"{seed}-{item.file_name}"
    lines = item.truth["lines"]
    return EvalDocument(
        file=file,
        path=Path(file),
        content=item.content,
        kind=item.form,
        group=item.layout or file,
        fields={name: value for name, value in item.truth.items() if isinstance(value, str)},
        lines=tuple(ExpectedLine.model_validate(line) for line in lines) if isinstance(lines, list) else None,
        visible=item.visible or None,
    )

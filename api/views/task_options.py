"""What may be done with a task, whom it may be given to, and its documents, as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated

from pydantic import Field

from api.views.task import Person
from api.views.view import View
from graphs.tasks.options import Option, Verb
from tools.document.page_picture import PageSize


class TaskOptionView(View):
    """A verb, and whether the caller may do it now."""

    verb: Verb
    allowed: bool
    code: Annotated[str | None, Field(description="Why not, as the refusal of the verb itself would be called.")]
    why: Annotated[str | None, Field(description="Why not, in words.")]
    in_place_of: Annotated[Person | None, Field(description="For whom the caller may answer, not for themselves.")]


class TaskOptions(View):
    """What the caller may do with a task now: every verb once."""

    task: str
    options: list[TaskOptionView]

    @classmethod
    def of(cls, task: str, options: Iterable[Option], names: Mapping[str, str]) -> TaskOptions:
        """The options as they are shown."""
        return cls(task=task, options=[option_view(one, names) for one in options])


class PeopleOfTask(View):
    """People by name."""

    people: list[Person]


class DocumentView(View):
    """A document that a task is about."""

    sha256: str
    name: str
    media_type: str
    size_bytes: int
    values: Annotated[int, Field(description="How many values of the task were read from it.")]


class DocumentList(View):
    """The documents of a task: what its values were read from, and what its case came with."""

    documents: list[DocumentView]


class PageView(View):
    """A page and its size, in the unit of the boxes on it."""

    page: int
    width: float
    height: float


class PageList(View):
    """The pages of a document; none where it is structured data."""

    pages: list[PageView]

    @classmethod
    def of(cls, sizes: Iterable[PageSize]) -> PageList:
        """The pages as they are shown."""
        return cls(pages=[PageView(page=one.page, width=one.width, height=one.height) for one in sizes])


def option_view(one: Option, names: Mapping[str, str]) -> TaskOptionView:
    """The option as it is shown."""
    giver = one.in_place_of
    return TaskOptionView(
        verb=one.verb,
        allowed=one.refusal is None,
        code=one.refusal.code if one.refusal is not None else None,
        why=str(one.refusal) if one.refusal is not None else None,
        in_place_of=Person(id=giver, name=names.get(giver, giver)) if giver else None,
    )

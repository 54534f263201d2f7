"""Saved views of screens, as the API takes and shows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.views.task import Person
from api.views.view import Form, View, storable
from graphs.store.view_tables import SavedView

Screen = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z_]{0,39}$")]
ViewName = Annotated[str, StringConstraints(min_length=1, max_length=80), AfterValidator(storable)]
Search = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^?#\s]*$"), AfterValidator(storable)]


class SaveView(Form):
    """A name for what a screen looks for; one's own view of that name is replaced."""

    screen: Annotated[Screen, Field(description="Which screen it is of: `cases`, `tasks`, `audit`, `sla`.")]
    name: ViewName
    search: Annotated[Search, Field(description="The part of the screen's address behind the question mark.")]
    shared: Annotated[bool, Field(description="Whether everybody of the organisation sees it.")] = False


class SavedViewView(View):
    """A saved view."""

    id: str
    screen: str
    name: str
    search: str
    shared: bool
    mine: bool
    owner: Person
    saved_at: datetime

    @classmethod
    def of(cls, view: SavedView, *, user_id: str, names: Mapping[str, str]) -> SavedViewView:
        """The view as it is shown to the user."""
        return cls(
            id=view.id,
            screen=view.screen,
            name=view.name,
            search=view.search,
            shared=view.shared,
            mine=view.owner_id == user_id,
            owner=Person(id=view.owner_id, name=names.get(view.owner_id, view.owner_id)),
            saved_at=view.saved_at,
        )


class SavedViewList(View):
    """One's own views of a screen and those that others share, by name."""

    views: list[SavedViewView]

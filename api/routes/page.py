"""Cursors: where a page of cases ended."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from http import HTTPStatus

from api.problems import RequestRefused
from graphs.store.inbox_tabs import Place, Tab
from graphs.store.tables import Case, Task

MAX_CURSOR_LENGTH = 200


def cursor_after(case: Case) -> str:
    """The cursor of the page that follows `case`."""
    return cursor_at(case.created_at, case.id)


def cursor_behind(task: Task, tab: Tab | None) -> str:
    """The cursor of the page that follows `task` in a tab, or in the list of all."""
    at = task.decided_at if tab is Tab.DONE and task.decided_at is not None else task.deadline_at
    return cursor_at(at, task.id)


def cursor_at(at: datetime, key: str) -> str:
    """The cursor of the page that follows what is ordered by this instant and id."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{key}".encode()).decode()


def read_place(cursor: str | None) -> Place | None:
    """The place that a cursor names. Raises `RequestRefused` for anything else."""
    read = read_cursor(cursor)
    return Place(at=read[0], id=read[1]) if read is not None else None


def read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    """The instant and id that a cursor names. Raises `RequestRefused` for anything else."""
    if cursor is None:
        return None
    try:
        born, separator, case_id = base64.urlsafe_b64decode(cursor[:MAX_CURSOR_LENGTH]).decode("ascii").partition("|")
        instant = datetime.fromisoformat(born)
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    if not separator or instant.tzinfo is None or not case_id.isprintable():
        raise _invalid()
    return instant, case_id


def _invalid() -> RequestRefused:
    return RequestRefused(
        HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_cursor", "cursor: use the `next` of the page before, unchanged"
    )

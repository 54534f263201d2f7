"""The words and wishes that are on record, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import structlog
from pydantic import ValidationError

from graphs.notices.preferences import Preferences
from graphs.notices.text import NoticeText, Wording, texts_of
from graphs.store.database import UnitOfWork
from graphs.store.notice_tables import NoticeTextRow
from graphs.store.notice_wishes import NoticeWishes

log = structlog.get_logger(__name__)


async def preferences_of(unit: UnitOfWork, tenant: str, people: Iterable[str]) -> Mapping[str, Preferences]:
    """What each of the people wants; the defaults for who has said nothing, or what no release understands any more."""
    asked = set(people)
    said = await NoticeWishes(unit.session, tenant).preferences(asked) if asked else {}
    return {person: _read(person, said.get(person)) for person in asked}


def _read(person: str, said: object) -> Preferences:
    if said is None:
        return Preferences()
    try:
        return Preferences.model_validate(said)
    except ValidationError as error:
        # A time zone, for instance, that this machine's data does not have: better told by default than never.
        log.warning("preferences.unreadable", person=person, errors=error.error_count())
        return Preferences()


def own_texts(rows: Sequence[NoticeTextRow]) -> Mapping[tuple[str, str], NoticeText]:
    """The tenant's texts by kind and language."""
    return {
        (row.kind, row.language): NoticeText(
            version=row.version, label=label_of(row.kind, row.language), title=row.title, body=row.body
        )
        for row in rows
    }


def label_of(kind: str, language: str) -> str:
    """What a kind is called where several are counted."""
    found = texts_of(language).texts.get(kind)
    return found.label if found else kind[:80]


__all__ = ["Wording", "label_of", "own_texts", "preferences_of"]

"""Notices, preferences and texts, as the API shows and takes them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.views.view import Form, Name, Text, View, storable
from graphs.notices.desk import ShownNotice, WordedText
from graphs.notices.preferences import Channel, Preferences
from graphs.store.notice_tables import NoticeTextRow

STATUS = (
    "`waiting`, `sending`, `sent`; `failed`: the delivery has an open incident; `bounced`: the mail came back; "
    "`cancelled`: the delivery was; `obsolete`, `muted`, `no_channel`: not sent, see `why`."
)


class NoticeView(View):
    """What a person was told, or is to be."""

    id: str
    kind: str
    title: str
    text: str
    case: str | None
    task: str | None
    urgency: str
    status: Annotated[str, Field(description=STATUS)]
    why: Annotated[str | None, Field(description="Why it is not sent.")]
    delivery: Annotated[str | None, Field(description="The case that delivers it.")]
    created_at: datetime
    due_at: Annotated[datetime | None, Field(description="When it may go; null until that was looked at.")]
    sent_at: datetime | None
    read_at: datetime | None

    @classmethod
    def of(cls, shown: ShownNotice) -> NoticeView:
        """The notice as it is shown."""
        row = shown.row
        return cls(
            id=row.id,
            kind=row.kind,
            title=shown.title,
            text=shown.text,
            case=row.case_id,
            task=row.task_id,
            urgency=row.urgency,
            status=row.status,
            why=row.why,
            delivery=row.delivery_id,
            created_at=row.created_at,
            due_at=row.due_at,
            sent_at=row.sent_at,
            read_at=row.read_at,
        )


class NoticeList(View):
    """Notices, the newest first."""

    notices: list[NoticeView]


class PreferencesForm(Form, Preferences):
    """How a person wants to be told; it takes the place of what they said before."""


class PreferencesView(View):
    """How a person wants to be told."""

    language: str
    zone: str
    channels: dict[str, list[str]]
    digest: list[str]
    digest_hour: int
    quiet_from: str | None
    quiet_to: str | None
    muted: list[str]

    @classmethod
    def of(cls, wants: Preferences) -> PreferencesView:
        """The preferences as they are shown."""
        return cls(**wants.model_dump())


class NoticeTestForm(Form):
    """The channel to try; null for the one that a notice would take."""

    channel: Channel | None = None


class NoticeTold(View):
    """The notice that was written."""

    id: str


class DigestAsked(View):
    """How many notices go with the digest that was asked for."""

    notices: int


Words = Annotated[str, StringConstraints(max_length=4_000), AfterValidator(storable)]


class NoticeTextForm(Form):
    """A text of the tenant's own; with an empty title and body the packaged one counts again."""

    kind: Name
    language: Name
    title: Words
    body: Words
    reason: Text


class NoticeTextView(View):
    """A text of a kind in a language."""

    kind: str
    language: str
    origin: Annotated[str, Field(description="`packaged` with Interlock, or the tenant's `own`.")]
    version: int
    title: str
    body: str

    @classmethod
    def of(cls, found: WordedText) -> NoticeTextView:
        """The text as it is shown."""
        return cls(
            kind=found.kind,
            language=found.language,
            origin=found.origin,
            version=found.text.version,
            title=found.text.title,
            body=found.text.body,
        )

    @classmethod
    def set(cls, row: NoticeTextRow) -> NoticeTextView:
        """The tenant's text as it was set."""
        return cls(
            kind=row.kind, language=row.language, origin="own", version=row.version, title=row.title, body=row.body
        )


class NoticeTextList(View):
    """The texts that count, by kind and language."""

    texts: list[NoticeTextView]

"""Information requests and address books, as the API shows and takes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from api.views.task import Person
from api.views.view import Form, Name, Text, View
from graphs.contacts import Contact
from graphs.information.letter import LONGEST_ABOUT, LONGEST_SUBJECT, Words
from graphs.information.request import AskingOutside, CameOfIt, InformationRequest

Key = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]


class AskOutsideForm(Form):
    """What somebody outside is asked: `subject` and `text`, or a `template` that is `about` something."""

    to: Annotated[Name, Field(description="An address of the task's contacts; with `free` any other.")]
    subject: Annotated[Text, Field(max_length=LONGEST_SUBJECT, description="One line; a template has its own.")] = ""
    text: Annotated[Text, Field(description="What is asked, or what a template is to say more.")] = ""
    template: Annotated[Name | None, Field(description="`clarification`, `document` or `confirmation`.")] = None
    about: Annotated[Text, Field(max_length=LONGEST_ABOUT, description="What the template is about.")] = ""
    language: Annotated[Literal["en", "de"], Field(description="Of the mail.")] = "en"
    free: Annotated[bool, Field(description="The address is on no file and is chosen freely: `task.ask_anyone`.")] = (
        False
    )
    deadline_at: Annotated[
        AwareDatetime | None, Field(strict=False, description="By when; without one, in three days.")
    ] = None
    remind_at: Annotated[
        AwareDatetime | None, Field(strict=False, description="When to remind of it once, before the deadline.")
    ] = None
    key: Annotated[Key | None, Field(description="Of your choice: the same key asks once, however often sent.")] = None

    def asking(self) -> AskingOutside:
        """The question for the desk. Raises `Invalid`."""
        words = Words(
            subject=self.subject,
            text=self.text,
            template=self.template or "",
            about=self.about,
            language=self.language,
        )
        return AskingOutside(
            to=self.to,
            words=words,
            free=self.free,
            deadline_at=self.deadline_at,
            remind_at=self.remind_at,
            key=self.key,
        )


class ContactView(View):
    """Somebody outside who may be asked about the case, and why their address may be written to."""

    name: str
    address: str
    source: Literal["system_of_record", "case_mail"]
    of: Annotated[str, Field(description="What names the address, in plain words.")]

    @classmethod
    def of_contact(cls, contact: Contact) -> ContactView:
        """The contact as it is shown."""
        return cls(name=contact.name, address=contact.address, source=contact.source, of=contact.of)


class ContactList(View):
    """The address book of a task's case."""

    contacts: list[ContactView]


class ReplyView(View):
    """A mail that came of a request. Whoever wrote it: it is a note, decides nothing, and no rule trusts it."""

    id: str
    counts: Annotated[
        Literal["answer", "late", "other_sender", "sender_refuted", "automatic"],
        Field(
            description="`answer`: from who was asked, and what was waited for. `late`: from them, after the request "
            "was closed. `other_sender`: from another address than was asked; never their word. `sender_refuted`: the "
            "receiving server says that it is not from them. `automatic`: a machine wrote it."
        ),
    ]
    received_at: datetime
    sender: Annotated[str | None, Field(description="What the mail says it is from; null once it is erased.")]
    sender_verified: Annotated[
        dict[str, Any] | None,
        Field(description="A fact, untrusted: what the receiving server said, `pass`, `fail` or `none`."),
    ]
    subject: str | None
    text: str | None
    documents: Annotated[list[dict[str, str]], Field(description="What it added: sha256, name, media type.")]
    refused: Annotated[list[dict[str, str]], Field(description="Parts that were not taken, and why.")]

    @classmethod
    def of(cls, reply: CameOfIt) -> ReplyView:
        """The mail as it is shown."""
        said = reply.said
        return cls.model_validate(
            {
                "id": reply.row.id,
                "counts": reply.row.standing,
                "received_at": reply.row.received_at,
                "sender": said.get("sender"),
                "sender_verified": said.get("sender_verified"),
                "subject": said.get("subject"),
                "text": said.get("text"),
                "documents": said.get("documents") or [],
                "refused": said.get("refused") or [],
            }
        )


class InformationView(View):
    """A question to somebody outside about a task, and what came of it. Whoever has the task decides."""

    id: Annotated[str, Field(description="Also the case that sends its mails.")]
    task: str
    case: str
    asked_by: Person
    to: Annotated[str | None, Field(description="Null once it is erased.")]
    name: str | None
    source: Annotated[
        Literal["system_of_record", "case_mail", "free"],
        Field(description="Where the address comes from; `free`: somebody chose it, and nothing vouches for it."),
    ]
    subject: str | None
    text: str | None
    asked_at: datetime
    deadline_at: datetime
    remind_at: datetime | None
    status: Literal["open", "answered", "withdrawn", "expired", "closed"]
    open: Annotated[bool, Field(description="Whether an answer is waited for: not once the task has its own.")]
    no_answer_since: Annotated[datetime | None, Field(description="The deadline, where nobody answered by it.")]
    closed_at: datetime | None
    delivery: Literal["sending", "sent", "not_sent", "undelivered", "stopped"]
    undelivered: Annotated[str | None, Field(description="Why its mail came back, as the report says.")]
    replies: list[ReplyView]

    @classmethod
    def of(cls, request: InformationRequest, names: Mapping[str, str]) -> InformationView:
        """The request as it is shown."""
        row, said = request.row, request.said
        return cls.model_validate(
            {
                "id": row.id,
                "task": row.task_id,
                "case": row.case_id,
                "asked_by": Person(id=row.asked_by, name=names.get(row.asked_by, row.asked_by)),
                "to": said.get("to"),
                "name": said.get("name"),
                "source": row.source,
                "subject": said.get("subject"),
                "text": said.get("text"),
                "asked_at": row.asked_at,
                "deadline_at": row.deadline_at,
                "remind_at": row.remind_at,
                "status": row.status,
                "open": request.open,
                "no_answer_since": row.deadline_at if row.status == "expired" else None,
                "closed_at": row.closed_at,
                "delivery": request.delivery,
                "undelivered": row.undelivered,
                "replies": [ReplyView.of(reply) for reply in request.replies],
            }
        )


class InformationList(View):
    """Questions to the outside about a task."""

    requests: list[InformationView]


def askers(requests: Iterable[InformationRequest]) -> list[str]:
    """Ids of who asked."""
    return sorted({request.row.asked_by for request in requests})

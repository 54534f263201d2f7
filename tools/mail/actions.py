"""The tool `mail.send`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from policies.action import EffectKind
from tools.connector import CompleteText, LoadOriginal
from tools.errors import Permanent
from tools.limits import Breaker, TargetLimits
from tools.mail.address import Address, domain_of, is_allowed
from tools.mail.compose import Attachment, Letter, composed
from tools.mail.headers import MESSAGE_ID
from tools.mail.identity import message_id_of
from tools.mail.outbox import Outbox
from tools.mail.settings import Outbound
from tools.port import OutcomeLookup

CONTROL = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]")


def _one_line(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("must be one line without control characters")
    return text


def _message_id(text: str) -> str:
    if text and MESSAGE_ID.fullmatch(text) is None:
        raise ValueError("write a Message-ID such as <name@example.com>")
    return text


OneLine = Annotated[str, AfterValidator(_one_line)]


class SendMailArguments(BaseModel):
    """A mail in plain text. The sender is configured, never an argument."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: Annotated[tuple[Address, ...], Field(min_length=1, max_length=20)]
    subject: Annotated[OneLine, Field(min_length=1, max_length=200)]
    text: Annotated[str, Field(min_length=1, max_length=50_000)]
    in_reply_to: Annotated[str, Field(max_length=400), AfterValidator(_message_id)] = ""
    attachments: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")], ...],
        Field(max_length=10, description="Stored documents by their SHA-256."),
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMail:
    """Sends a mail; the result is `{"message_id": …, "to": […], "repeated": …, "response": …}`.

    No server can be asked whether it took a mail. An unknown outcome is therefore sent once more, marked, under the
    same Message-ID, by which mail programs show it once; if that is unknown too, a person must look.

    No argument is protected: to whom a mail may go is limited by the configured recipients, whatever a process or a
    document proposes. An address that a document names is refused unless an operator has allowed it.

    `complete` puts into subject and text what is made as it is sent: it is in the mail, and not in what is recorded.
    """

    target: str
    outbox: Outbox
    server: Outbound
    load: LoadOriginal
    clock: Callable[[], datetime]
    complete: CompleteText | None = None
    repeated: bool = False

    name: ClassVar[str] = "mail.send"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.NEITHER
    arguments: ClassVar[type[BaseModel]] = SendMailArguments
    limits: ClassVar[TargetLimits] = TargetLimits(
        max_concurrent=4, breaker=Breaker(failures=5, cool_down=timedelta(seconds=30))
    )

    @property
    def time_limit(self) -> timedelta:
        """How long one mail may take."""
        return timedelta(seconds=self.outbox.call_timeout_seconds)

    def may_go_to(self, address: str) -> bool:
        """Whether an operator has allowed mails to this address."""
        return is_allowed(address, self.server.recipients)

    @property
    def again(self) -> SendMail:
        """The same call, marked as sent once more."""
        return replace(self, repeated=True)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        """Send it. Raises `Permanent` for a recipient who is not allowed, and what the outbox raises."""
        asked = SendMailArguments.model_validate(arguments.model_dump())
        self._check(asked.to)
        subject, text = [
            await self.complete(said, asked.to) if self.complete else said for said in (asked.subject, asked.text)
        ]
        letter = Letter(
            message_id=message_id_of(key, domain=domain_of(self.server.sender)),
            key=key,
            sender=self.server.sender,
            recipients=asked.to,
            subject=subject,
            text=text,
            in_reply_to=asked.in_reply_to,
            attachments=tuple(await self._attachments(asked.attachments)),
        )
        receipt = await self.outbox.send(
            sender=letter.sender,
            recipients=letter.recipients,
            content=composed(letter, now=self.clock(), repeated=self.repeated),
        )
        return {
            "message_id": letter.message_id,
            "to": list(letter.recipients),
            "repeated": self.repeated,
            "response": receipt.response,
        }

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: a server of mail cannot be asked."""
        return None

    def _check(self, recipients: Sequence[str]) -> None:
        refused = [one for one in recipients if not is_allowed(one, self.server.recipients)]
        if refused:
            reason = f"mails may not go to {', '.join(refused)}: the connector's recipients do not name them"
            raise Permanent(reason, tool=self.name, code="recipient_not_allowed")

    async def _attachments(self, hashes: Sequence[str]) -> list[Attachment]:
        loaded = [await self.load(sha256) for sha256 in hashes]
        size = sum(len(content) for _, content in loaded)
        if size > self.server.attachment_bytes:
            reason = f"the attachments have {size} bytes, more than {self.server.attachment_bytes}"
            raise Permanent(reason, tool=self.name, code="attachments_too_large")
        return [Attachment(name=CONTROL.sub("", name)[:200] or "document", content=content) for name, content in loaded]

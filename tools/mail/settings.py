"""What a configuration says about a mail connector."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.mail.address import Address, AddressPattern
from tools.mail.limits import DEFAULT_LIMITS, MailLimits
from tools.mail.transport import Login, MailServer
from tools.secret import SecretRef

After = Literal["move", "flag"]
Folder = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class ImapAccount(MailServer):
    """A folder of an IMAP account that mails arrive in."""

    port: Annotated[int, Field(ge=1, le=65535)] = 993
    user: Annotated[str, Field(min_length=1, max_length=320)]
    password: Annotated[SecretRef, Field(description="Reference to the password: env:NAME or file:PATH.")]
    folder: Annotated[Folder, Field(description="Folder that is read.")] = "INBOX"
    after: Annotated[
        After,
        Field(description="`move` a mail to the folder of the taken or the refused, or `flag` it and leave it."),
    ] = "move"
    done_folder: Annotated[Folder, Field(description="Where taken mails go.")] = "InterlockTaken"
    refused_folder: Annotated[Folder, Field(description="Where refused mails wait for a person.")] = "InterlockRefused"

    @model_validator(mode="after")
    def _folders_differ(self) -> Self:
        if len({self.folder, self.done_folder, self.refused_folder}) < 3:
            raise ValueError("folder, done_folder and refused_folder must be three different folders")
        return self


class Inbound(BaseModel):
    """What becomes of mails that arrive, by IMAP or in a Maildir that a mail server delivers to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    process: Annotated[str, Field(min_length=1, max_length=100, description="Process that a document starts.")]
    imap: Annotated[ImapAccount | None, Field(description="The account to read.")] = None
    maildir: Annotated[Path | None, Field(description="The Maildir to read instead of an account.")] = None
    authserv_id: Annotated[
        str | None,
        Field(
            pattern=r"^[A-Za-z0-9.-]{1,253}$",
            description="Name your mail server signs its Authentication-Results with. Set it only if that server "
            "removes such headers from what comes in (RFC 8601, section 5). Unset, no sender is verified.",
        ),
    ] = None
    without_document: Annotated[
        Literal["case", "refuse"],
        Field(description="A mail without a usable document starts a case with the mail itself, or is refused."),
    ] = "case"
    letters: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=100,
            description="Process that a mail without a usable document starts instead of `process`.",
        ),
    ] = None
    limits: MailLimits = DEFAULT_LIMITS
    poll_seconds: Annotated[float, Field(ge=1, le=3600, description="How long to wait between two looks.")] = 30.0

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.imap is None) == (self.maildir is None):
            raise ValueError("say where mails arrive: imap or maildir, one of them")
        if self.letters is not None and self.without_document == "refuse":
            raise ValueError("letters names a process for mails that without_document: refuse refuses")
        return self


class Outbound(MailServer):
    """The server that mails are given to, in whose name, and to whom they may go."""

    port: Annotated[int, Field(ge=1, le=65535)] = 465
    login: Annotated[Login | None, Field(description="Without it the server must take mails from this machine.")] = None
    sender: Annotated[Address, Field(description="From and envelope sender of everything that is sent.")]
    recipients: Annotated[
        tuple[AddressPattern, ...],
        Field(description="Who mails may go to: addresses, or *@domain. Nobody else; empty means nobody."),
    ] = ()
    attachment_bytes: Annotated[int, Field(ge=0, description="Largest sum of attachments of a mail.")] = (
        20 * 1024 * 1024
    )


class MailSettings(BaseModel):
    """A mail connector: mails in, mails out, or both."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    inbound: Inbound | None = None
    outbound: Outbound | None = None

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if self.inbound is None and self.outbound is None:
            raise ValueError("say what to do: inbound, outbound or both")
        return self

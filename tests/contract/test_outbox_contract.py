"""What every outbox promises; held against the twin and SMTP over a socket, alone and as the tool `mail.send`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.certificates import self_signed
from tests.support.mail_sink import MailSink, mail_sink
from tests.support.mails import PDF
from tools.connector import Standing
from tools.errors import Ambiguous, Permanent, ToolError, Transient
from tools.mail.actions import SendMail, SendMailArguments
from tools.mail.identity import message_id_of
from tools.mail.outbox import Outbox
from tools.mail.settings import Outbound
from tools.mail.smtp import SmtpOutbox
from tools.resilience import typed_arguments
from tools.secret import SecretMissing
from tools.testing.mail import MemoryOutbox, SentMail

NOW = datetime(2026, 7, 1, 9, 30, tzinfo=UTC)
KEY = "interlock-1234"
SENDER = "interlock@buyer.example"
CLERK = "clerk@supplier.example"
ORIGINAL = "a" * 64


def server(port: int = 25, **changes: object) -> Outbound:
    known = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": SENDER,
        "recipients": ["*@supplier.example", "mara@buyer.example"],
        "timeout_seconds": 5,
    }
    return Outbound.model_validate({**known, **changes})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """An outbox, what it gave away, and how its server is made to fail."""

    outbox: Outbox
    server: Outbound
    sent: list[SentMail]
    refuse: Callable[[int], None]
    lose: Callable[[bool], None]

    def tool(self) -> SendMail:
        async def load(sha256: str) -> tuple[str, bytes]:
            return "rechnung ä.pdf", PDF

        return SendMail(target="mail", outbox=self.outbox, server=self.server, load=load, clock=lambda: NOW)


def twin() -> Subject:
    box = MemoryOutbox()

    def refuse(code: int) -> None:
        kind = Transient if code < 500 else Permanent
        box.faults.append(kind(f"the server answers {code}"))

    def lose(taken: bool) -> None:
        lost = Ambiguous("the server was lost while it took the mail")
        (box.loses_answers if taken else box.faults).append(lost)

    return Subject(outbox=box, server=server(), sent=box.sent, refuse=refuse, lose=lose)


def real(sink: MailSink) -> Subject:
    settings = server(sink.port)
    return Subject(
        outbox=SmtpOutbox(server=settings),
        server=settings,
        sent=sink.sent,
        refuse=lambda code: sink.data.append(f"{code} not this one"),
        lose=lambda taken: sink.loses.append("after" if taken else "before"),
    )


@pytest.fixture(params=["memory", "smtp"])
async def subject(request: pytest.FixtureRequest) -> AsyncIterator[Subject]:
    """Each outbox in turn."""
    if request.param == "memory":
        yield twin()
        return
    async with mail_sink() as sink:
        yield real(sink)


def arguments(**changes: object) -> SendMailArguments:
    known: dict[str, Any] = {"to": [CLERK], "subject": "Invoice NB-1", "text": "Which order is it for?\n.\nYours"}
    return SendMailArguments.model_validate({**known, **changes})


def read(sent: SentMail) -> Any:
    return message_from_bytes(sent.content, policy=default)


async def test_a_mail_arrives_as_it_was_written(subject: Subject) -> None:
    result = await subject.tool().execute(arguments(attachments=[ORIGINAL], subject="Grüße"), key=KEY)
    (sent,) = subject.sent
    message = read(sent)
    assert (sent.sender, sent.recipients) == (SENDER, (CLERK,))
    assert (message["From"], message["To"], message["Subject"]) == (SENDER, CLERK, "Grüße")
    assert message.get_body().get_content().replace("\r\n", "\n") == "Which order is it for?\n.\nYours\n"
    (attachment,) = message.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("rechnung ä.pdf", PDF)
    assert result["message_id"] == message["Message-ID"] == message_id_of(KEY, domain="buyer.example")
    assert message["X-Interlock-Key"] == KEY
    assert message["Auto-Submitted"] == "auto-generated"


async def test_one_key_has_one_message_id_and_the_second_time_is_marked(subject: Subject) -> None:
    tool = subject.tool()
    await tool.execute(arguments(), key=KEY)
    again = await tool.again.execute(arguments(), key=KEY)
    first, second = (read(sent) for sent in subject.sent)
    assert first["Message-ID"] == second["Message-ID"]
    assert (first["X-Interlock-Repeated"], second["X-Interlock-Repeated"]) == (None, "yes")
    assert "may have reached you before" in second.get_body().get_content()
    assert again["repeated"]


async def test_an_answer_to_a_mail_names_it(subject: Subject) -> None:
    await subject.tool().execute(arguments(in_reply_to="<their@mail.example>"), key=KEY)
    message = read(subject.sent[0])
    assert message["In-Reply-To"] == message["References"] == "<their@mail.example>"


@pytest.mark.parametrize(("code", "error"), [(421, Transient), (452, Transient), (550, Permanent), (554, Permanent)])
async def test_a_refusal_means_that_nothing_happened(subject: Subject, code: int, error: type[ToolError]) -> None:
    subject.refuse(code)
    with pytest.raises(error, match=str(code)):
        await subject.tool().execute(arguments(), key=KEY)
    assert subject.sent == []
    await subject.tool().execute(arguments(), key=KEY)
    assert len(subject.sent) == 1


@pytest.mark.parametrize("taken", [True, False])
async def test_a_connection_lost_with_the_text_is_ambiguous(subject: Subject, taken: bool) -> None:
    subject.lose(taken)
    with pytest.raises(Ambiguous, match="lost while it took the mail"):
        await subject.tool().execute(arguments(), key=KEY)
    assert len(subject.sent) == taken


@pytest.mark.parametrize(
    "recipient",
    ["eve@evil.example", "eve@supplier.example.evil.example", "dario@buyer.example", "x@sub.supplier.example"],
)
async def test_a_recipient_whom_nobody_allowed_gets_nothing(subject: Subject, recipient: str) -> None:
    with pytest.raises(Permanent, match="may not go to") as refused:
        await subject.tool().execute(arguments(to=[CLERK, recipient]), key=KEY)
    assert (refused.value.reason, subject.sent) == ("recipient_not_allowed", [])


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "x\r\nBcc: eve@evil.example"},
        {"subject": "x\nBcc: eve@evil.example"},
        {"subject": "x\u2028y"},
        {"to": ["clerk@supplier.example\r\nBcc: eve@evil.example"]},
        {"to": ["clerk@supplier.example, eve@evil.example"]},
        {"to": ["Clerk <clerk@supplier.example>"]},
        {"to": ["clérk@supplier.example"]},
        {"to": ['"a@b"@supplier.example']},
        {"in_reply_to": "<a@b>\r\nBcc: eve@evil.example"},
        {"to": []},
        {"sender": "eve@evil.example"},
    ],
)
async def test_nothing_can_be_smuggled_into_a_header(subject: Subject, changes: dict[str, Any]) -> None:
    proposed = {"to": [CLERK], "subject": "x", "text": "y", **changes}
    with pytest.raises(Permanent) as refused:
        typed_arguments(subject.tool(), proposed)
    assert refused.value.reason == "invalid_arguments"


async def test_a_stored_name_with_a_line_break_stays_a_name(subject: Subject) -> None:
    async def load(sha256: str) -> tuple[str, bytes]:
        return "a\r\nBcc: eve@evil.example.pdf", PDF

    tool = SendMail(target="mail", outbox=subject.outbox, server=subject.server, load=load, clock=lambda: NOW)
    await tool.execute(arguments(attachments=[ORIGINAL]), key=KEY)
    assert read(subject.sent[0])["Bcc"] is None


async def test_attachments_have_a_largest_sum(subject: Subject) -> None:
    small = subject.server.model_copy(update={"attachment_bytes": len(PDF)})
    tool = SendMail(target="mail", outbox=subject.outbox, server=small, load=subject.tool().load, clock=lambda: NOW)
    await tool.execute(arguments(attachments=[ORIGINAL]), key=KEY)
    with pytest.raises(Permanent, match="attachments have"):
        await tool.execute(arguments(attachments=[ORIGINAL, "b" * 64]), key=KEY)


async def test_the_check_sends_nothing(subject: Subject) -> None:
    assert (await subject.outbox.check()).standing is Standing.OK
    assert subject.sent == []


# What only a real server does


@pytest.mark.parametrize(("code", "error"), [(450, Transient), (550, Permanent)])
async def test_one_recipient_refused_refuses_the_mail(code: int, error: type[ToolError]) -> None:
    async with mail_sink() as sink:
        sink.rcpt = ["250", f"{code} not here"]
        with pytest.raises(error, match=f"answers {code}: not here"):
            await real(sink).tool().execute(arguments(to=[CLERK, "mara@buyer.example"]), key=KEY)
        assert sink.sent == []


async def test_a_server_that_is_not_there_is_transient() -> None:
    async with mail_sink() as sink:
        gone = real(sink)
    with pytest.raises(Transient, match="cannot be reached"):
        await gone.tool().execute(arguments(), key=KEY)
    assert (await gone.outbox.check()).standing is Standing.DOWN


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_is_checked_before_anything_is_said(tmp_path: Path, security: str) -> None:
    context, file = self_signed(tmp_path)
    async with mail_sink(**{security: context}, login=True) as sink:  # type: ignore[arg-type]  # the two contexts
        login = {"user": "mailer", "password": "env:X"}
        trusting = server(sink.port, security=security, ca_file=file, login=login)
        strange = server(sink.port, security=security, login=login)
        with pytest.raises(Permanent, match="certificate of") as refused:
            await SmtpOutbox(server=strange, password=password("secret")).send(
                sender=SENDER, recipients=[CLERK], content=b"x"
            )
        assert (refused.value.reason, sink.logins) == ("certificate_refused", [])
        await SmtpOutbox(server=trusting, password=password("secret")).send(
            sender=SENDER, recipients=[CLERK], content=b"Subject: x\r\n\r\ny\r\n"
        )
        assert len(sink.sent) == 1


def password(text: str) -> Callable[[], SecretStr]:
    return lambda: SecretStr(text)


async def test_starttls_that_a_server_does_not_offer_is_not_gone_without() -> None:
    async with mail_sink() as sink:
        outbox = SmtpOutbox(server=server(sink.port, security="starttls"))
        with pytest.raises(Permanent, match="does not offer"):
            await outbox.send(sender=SENDER, recipients=[CLERK], content=b"x")
        assert sink.sent == []


async def test_a_wrong_password_is_named_without_it(tmp_path: Path) -> None:
    context, file = self_signed(tmp_path)
    async with mail_sink(tls=context, login=True) as sink:
        settings = server(
            sink.port, security="tls", ca_file=file, login={"user": "mailer", "password": "env:MAIL_PASSWORD"}
        )
        found = await SmtpOutbox(server=settings, password=password("hunter2")).check()
        assert (found.standing, found.problem) == (Standing.DOWN, "127.0.0.1 refuses the user or the password")
        assert "hunter2" not in repr(found)


async def test_a_secret_that_is_missing_is_named(tmp_path: Path) -> None:
    def missing() -> SecretStr:
        raise SecretMissing("env:MAIL_PASSWORD: the variable is not set")

    async with mail_sink(login=True) as sink:
        settings = server(sink.port, login={"user": "mailer", "password": "env:MAIL_PASSWORD"})
        found = await SmtpOutbox(server=settings, password=missing).check()
        assert found.problem == "env:MAIL_PASSWORD: the variable is not set"


@pytest.mark.parametrize(("security", "host"), [("none", "mail.example.com"), ("none", "10.0.0.1")])
def test_passwords_never_travel_to_another_machine_in_the_clear(security: str, host: str) -> None:
    with pytest.raises(ValueError, match="on this machine only"):
        server(host=host, security=security)

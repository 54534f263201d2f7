"""What every mailbox promises; held against the twin, IMAP (moving and flagging) over a socket, and a Maildir."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.certificates import self_signed
from tests.support.imap_server import ImapServer
from tests.support.mails import PDF, mail
from tools.connector import Standing
from tools.errors import Permanent, Transient
from tools.mail.imap import REFUSED, ImapMailbox
from tools.mail.mailbox import Mailbox, MailRef
from tools.mail.maildir import MaildirMailbox
from tools.mail.settings import ImapAccount
from tools.testing.mail import MemoryMailbox

EARLY = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
KINDS = ("memory", "imap-move", "imap-copy", "imap-flag", "maildir")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A mailbox, how a mail gets into it, and where the refused ones are."""

    box: Mailbox
    deliver: Callable[[bytes, datetime], None]
    refused: Callable[[], list[bytes]]


def account(server: ImapServer, **changes: object) -> ImapAccount:
    known = {"host": "127.0.0.1", "port": server.port, "security": "none", "user": "mailer", "password": "env:X"}
    return ImapAccount.model_validate({"timeout_seconds": 5, **known, **changes})


def imap(server: ImapServer, **changes: object) -> ImapMailbox:
    return ImapMailbox(account(server, **changes), password=lambda: SecretStr("secret"))


def imap_subject(server: ImapServer, box: ImapMailbox) -> Subject:
    def refused() -> list[bytes]:
        folder = server.folders.get("InterlockRefused")
        moved = [one.content for one in folder.mails] if folder else []
        return moved + [one.content for one in server.inbox.mails if REFUSED in one.flags]

    return Subject(
        box=box, deliver=lambda content, at: void(server.inbox.add(content, received_at=at)), refused=refused
    )


def void(_: object) -> None:
    """Nothing."""


def maildir_subject(folder: Path) -> Subject:
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True)

    def deliver(content: bytes, at: datetime) -> None:
        file = folder / "tmp" / f"{len(list(folder.rglob('*')))}.mail"
        file.write_bytes(content)
        os.utime(file, (at.timestamp(), at.timestamp()))
        file.rename(folder / "new" / file.name)

    return Subject(
        box=MaildirMailbox(path=folder),
        deliver=deliver,
        refused=lambda: [file.read_bytes() for file in (folder / ".Refused").rglob("*") if file.is_file()],
    )


@pytest.fixture(params=KINDS)
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    """Each mailbox in turn."""
    match request.param:
        case "memory":
            twin = MemoryMailbox()
            yield Subject(
                box=twin,
                deliver=lambda content, at: twin.deliver(content, received_at=at),
                refused=lambda: twin.refused,
            )
        case "maildir":
            yield maildir_subject(tmp_path / "mail")
        case kind:
            extras = ("UIDPLUS",) if kind == "imap-copy" else ("MOVE", "UIDPLUS")
            async with ImapServer(extras=extras).running() as server:
                box = imap(server, after="flag" if kind == "imap-flag" else "move")
                yield imap_subject(server, box)
                await box.aclose()


async def test_an_empty_mailbox_has_nothing(subject: Subject) -> None:
    assert list(await subject.box.waiting(limit=5)) == []


async def test_mails_wait_the_oldest_first_and_a_bounded_number(subject: Subject) -> None:
    sent = [mail(PDF, message_id=f"<{number}@x>") for number in range(3)]
    for number, content in enumerate(sent):
        subject.deliver(content, EARLY + timedelta(minutes=number))
    refs = await subject.box.waiting(limit=2)
    assert [(ref.size_bytes, ref.received_at) for ref in refs] == [
        (len(sent[0]), EARLY),
        (len(sent[1]), EARLY + timedelta(minutes=1)),
    ]
    assert [await subject.box.fetch(ref) for ref in refs] == sent[:2]


async def test_a_mail_is_fetched_unchanged_as_often_as_wanted_until_it_is_put_away(subject: Subject) -> None:
    content = mail(PDF) + b"a line with . and \x00 and \xff\r\n.\r\n"
    subject.deliver(content, EARLY)
    (ref,) = await subject.box.waiting(limit=5)
    assert [await subject.box.fetch(ref) for _ in range(2)] == [content, content]
    assert len(await subject.box.waiting(limit=5)) == 1


async def test_of_a_mail_its_headers_can_be_fetched_alone(subject: Subject) -> None:
    content = mail(PDF)
    subject.deliver(content, EARLY)
    (ref,) = await subject.box.waiting(limit=5)
    assert await subject.box.fetch_head(ref) == content.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


@pytest.mark.parametrize("refused", [False, True], ids=["taken", "refused"])
async def test_what_is_put_away_waits_no_more_and_the_refused_are_kept_apart(subject: Subject, refused: bool) -> None:
    content = mail(PDF)
    subject.deliver(content, EARLY)
    subject.deliver(mail(message_id="<other@x>"), EARLY + timedelta(minutes=1))
    ref, other = await subject.box.waiting(limit=5)
    await subject.box.put_away(ref, refused=refused)
    assert list(await subject.box.waiting(limit=5)) == [other]
    assert subject.refused() == ([content] if refused else [])


async def test_putting_away_twice_does_nothing_more(subject: Subject) -> None:
    subject.deliver(mail(PDF), EARLY)
    (ref,) = await subject.box.waiting(limit=5)
    for _ in range(2):
        await subject.box.put_away(ref, refused=True)
    assert len(subject.refused()) == 1


async def test_the_check_tells_of_refused_mails_and_changes_nothing(subject: Subject) -> None:
    assert (await subject.box.check()).standing is Standing.OK
    subject.deliver(mail(PDF), EARLY)
    (ref,) = await subject.box.waiting(limit=5)
    await subject.box.put_away(ref, refused=True)
    found = await subject.box.check()
    assert (found.standing, found.details) == (Standing.DEGRADED, {"refused": 1})
    assert "1 refused mails wait" in found.problem


# What only a real server does


async def test_a_number_of_another_validity_moves_no_mail() -> None:
    async with ImapServer().running() as server:
        box = imap(server)
        for number in range(2):
            server.inbox.add(mail(PDF, message_id=f"<{number}@x>"))
        ref, _ = await box.waiting(limit=5)
        server.inbox.renew()
        await box.put_away(ref, refused=False)
        assert await box.fetch(ref) is None
        assert len(server.inbox.mails) == 2
        await box.aclose()


async def test_mails_that_others_have_marked_as_deleted_stay(tmp_path: Path) -> None:
    async with ImapServer(extras=("UIDPLUS",)).running() as server:
        server.inbox.add(b"somebody else's", flags={r"\Deleted"})
        server.inbox.add(mail(PDF))
        box = imap(server)
        (ref,) = await box.waiting(limit=5)
        await box.put_away(ref, refused=False)
        assert [one.content for one in server.inbox.mails] == [b"somebody else's"]
        await box.aclose()


async def look_and_put_away(box: Mailbox, ref: MailRef) -> None:
    await box.waiting(limit=5)
    await box.put_away(ref, refused=False)


@pytest.mark.parametrize("command", ["SELECT", "UID SEARCH", "UID FETCH", "UID MOVE"])
async def test_a_lost_connection_is_transient_and_the_next_call_connects_again(command: str) -> None:
    async with ImapServer().running() as server:
        server.inbox.add(mail(PDF))
        box = imap(server)
        (ref,) = await box.waiting(limit=5)
        server.loses.append(command)
        with pytest.raises(Transient, match=r"cannot be reached"):
            await look_and_put_away(box, ref)
        (again,) = await box.waiting(limit=5)
        await box.put_away(again, refused=False)
        assert server.inbox.mails == []
        await box.aclose()


async def test_a_server_that_does_not_answer_is_given_up_in_time() -> None:
    async with ImapServer(stalls=True).running() as server:
        box = imap(server, timeout_seconds=0.2)
        with pytest.raises(Transient):
            await box.waiting(limit=5)
        await box.aclose()


async def test_a_wrong_password_is_named_without_it() -> None:
    async with ImapServer(password="another").running() as server:
        box = imap(server)
        found = await box.check()
        assert found.standing is Standing.DOWN
        assert found.problem == "127.0.0.1 refuses the user or the password"
        assert "secret" not in repr(found)
        await box.aclose()


async def test_a_password_that_is_not_ascii_is_understood() -> None:
    async with ImapServer(password="pässwörd").running() as server:
        box = ImapMailbox(account(server), password=lambda: SecretStr("pässwörd"))
        assert (await box.check()).standing is Standing.OK
        await box.aclose()


async def test_flagging_needs_a_server_that_keeps_keywords() -> None:
    async with ImapServer(keywords=False).running() as server:
        box = imap(server, after="flag")
        assert "configure after = move" in (await box.check()).problem
        await box.aclose()


async def test_a_folder_that_is_not_there_is_permanent() -> None:
    async with ImapServer().running() as server:
        box = imap(server, folder="Invoices")
        with pytest.raises(Permanent):
            await box.waiting(limit=5)
        await box.aclose()


async def test_a_certificate_is_checked(tmp_path: Path) -> None:
    context, file = self_signed(tmp_path)
    async with ImapServer().running(tls=context) as server:
        strange, known = imap(server, security="tls"), imap(server, security="tls", ca_file=file)
        with pytest.raises(Permanent, match=r"certificate of 127\.0\.0\.1 is not accepted"):
            await strange.waiting(limit=5)
        assert list(await known.waiting(limit=5)) == []
        await strange.aclose()
        await known.aclose()


async def test_starttls_that_a_server_does_not_offer_is_not_gone_without() -> None:
    async with ImapServer().running() as server:
        box = imap(server, security="starttls")
        with pytest.raises((Permanent, Transient)):
            await box.waiting(limit=5)
        assert {"LOGIN", "AUTHENTICATE"} & set(server.commands) == set()
        await box.aclose()


async def test_a_maildir_with_links_and_pipes_shows_only_mails(tmp_path: Path) -> None:
    subject = maildir_subject(tmp_path / "mail")
    secret = tmp_path / "secret"
    secret.write_text("not a mail")
    new = tmp_path / "mail" / "new"
    (new / "link").symlink_to(secret)
    os.mkfifo(new / "pipe")
    (new / "folder").mkdir()
    subject.deliver(mail(PDF), EARLY)
    assert [ref.received_at for ref in await subject.box.waiting(limit=9)] == [EARLY]


async def test_what_is_no_maildir_is_named(tmp_path: Path) -> None:
    found = await MaildirMailbox(path=tmp_path / "nothing").check()
    assert (found.standing, "is no Maildir" in found.problem) == (Standing.DOWN, True)

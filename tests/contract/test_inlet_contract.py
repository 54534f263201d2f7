"""What every inlet promises; held against the twin, a mailbox (in memory and over IMAP), a Maildir and a file drop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.support.imap_server import ImapServer
from tests.support.mails import OTHER_PDF, PDF, mail
from tools.drop.inlet import FileDropInlet
from tools.drop.settings import FileDropSettings
from tools.inlet import Arrival, ArrivedDocument, Inlet, Refusal, Settlement
from tools.mail.arrival import Reading
from tools.mail.imap import ImapMailbox
from tools.mail.inlet import MailInlet
from tools.mail.limits import DEFAULT_LIMITS
from tools.mail.mailbox import Mailbox
from tools.mail.maildir import MaildirMailbox
from tools.mail.position import Position
from tools.mail.settings import ImapAccount
from tools.testing.inlet import MemoryInlet
from tools.testing.mail import MemoryMailbox

TAKEN = Settlement(cases=("case-1",))
REFUSED = Settlement(refusals=(Refusal(what="it", code="empty", problem="it is empty"),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """How an inlet is opened as by a new process, how a document gets there, and how many refused ones lie there."""

    open: Callable[[], Inlet]
    deliver: Callable[[str, bytes], None]
    refused: Callable[[], int]


def reading() -> Reading:
    return Reading(
        process="toy", limits=DEFAULT_LIMITS, authserv_id=None, domain="buyer.example", without_document="refuse"
    )


def mail_inlet(box: Mailbox, folder: Path) -> MailInlet:
    return MailInlet(
        name="mail",
        mailbox=box,
        reading=reading(),
        position=Position.read(folder / "position.json"),
        interval=timedelta(seconds=1),
        batch_bytes=10**7,
    )


def as_mail(name: str, content: bytes) -> bytes:
    return mail(content, message_id=f"<{name}@supplier.example>")


def memory() -> Subject:
    twin = MemoryInlet()

    def deliver(name: str, content: bytes) -> None:
        document = ArrivedDocument(key=f"{name}-key", name=name, media_type="application/pdf", content=content)
        arrival = Arrival(
            reference=name,
            process="toy",
            channel="memory",
            sender="s",
            received_at=datetime.now(UTC),
            documents=(document,),
        )
        twin.waiting.append(arrival)

    return Subject(
        open=lambda: twin,
        deliver=deliver,
        refused=lambda: sum(not settlement.taken for _, settlement in twin.settled),
    )


def dropping(folder: Path) -> Subject:
    def open_inlet() -> FileDropInlet:
        settings = FileDropSettings(folder=folder, process="toy", stable_seconds=0)
        return FileDropInlet(name="drop", settings=settings)

    def deliver(name: str, content: bytes) -> None:
        (folder / f".{name}").write_bytes(content)
        (folder / f".{name}").rename(folder / name)

    def refused() -> int:
        return sum(one.suffix != ".txt" for one in (folder / "refused").glob("*"))

    return Subject(open=open_inlet, deliver=deliver, refused=refused)


@pytest.fixture(params=["memory", "mail", "imap", "maildir", "drop"])
async def subject(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Subject]:
    """Each inlet in turn."""
    match request.param:
        case "memory":
            yield memory()
        case "mail":
            twin = MemoryMailbox()
            yield Subject(
                open=lambda: mail_inlet(twin, tmp_path),
                deliver=lambda name, content: twin.deliver(as_mail(name, content)),
                refused=lambda: len(twin.refused),
            )
        case "imap":
            async with ImapServer().running() as server:
                account = ImapAccount(
                    host="127.0.0.1", port=server.port, security="none", user="mailer", password="env:X"
                )
                box = ImapMailbox(account, password=lambda: SecretStr("secret"))
                yield Subject(
                    open=lambda: mail_inlet(box, tmp_path),
                    deliver=lambda name, content: put(server.inbox.add(as_mail(name, content))),
                    refused=lambda: (
                        len(server.folders["InterlockRefused"].mails) if "InterlockRefused" in server.folders else 0
                    ),
                )
                await box.aclose()
        case "maildir":
            folder = tmp_path / "mail"
            for name in ("new", "cur", "tmp"):
                (folder / name).mkdir(parents=True)
            yield Subject(
                open=lambda: mail_inlet(MaildirMailbox(path=folder), tmp_path),
                deliver=lambda name, content: put((folder / "new" / name).write_bytes(as_mail(name, content))),
                refused=lambda: sum(one.is_file() for one in (folder / ".Refused").rglob("*")),
            )
        case _:
            (tmp_path / "drop").mkdir()
            yield dropping(tmp_path / "drop")


def put(_: object) -> None:
    """Nothing: a delivery returns nothing."""


async def keys(inlet: Inlet) -> list[str]:
    return [document.key for arrival in await inlet.poll() for document in arrival.documents]


async def test_what_arrives_is_shown_with_its_document(subject: Subject) -> None:
    inlet = subject.open()
    assert list(await inlet.poll()) == []
    subject.deliver("one.pdf", PDF)
    (arrival,) = await inlet.poll()
    assert [document.content for document in arrival.documents] == [PDF]
    assert (arrival.process, arrival.refusals) == ("toy", ())


async def test_it_is_shown_again_under_the_same_keys_until_it_is_settled_also_to_another_process(
    subject: Subject,
) -> None:
    subject.deliver("one.pdf", PDF)
    first = await keys(subject.open())
    assert await keys(subject.open()) == first
    inlet = subject.open()
    (arrival,) = await inlet.poll()
    await inlet.settle(arrival, TAKEN)
    assert await keys(inlet) == []
    assert await keys(subject.open()) == []
    assert subject.refused() == 0


async def test_two_documents_have_two_keys_and_settling_one_leaves_the_other(subject: Subject) -> None:
    subject.deliver("one.pdf", PDF)
    subject.deliver("two.pdf", OTHER_PDF)
    inlet = subject.open()
    first, second = await inlet.poll()
    assert first.documents[0].key != second.documents[0].key
    await inlet.settle(first, TAKEN)
    assert await keys(inlet) == [second.documents[0].key]


async def test_the_refused_are_kept_apart(subject: Subject) -> None:
    subject.deliver("one.pdf", PDF)
    inlet = subject.open()
    (arrival,) = await inlet.poll()
    await inlet.settle(arrival, REFUSED)
    assert list(await inlet.poll()) == []
    assert subject.refused() == 1


async def test_settling_twice_does_nothing_more(subject: Subject) -> None:
    subject.deliver("one.pdf", PDF)
    earlier, later = subject.open(), subject.open()
    (arrival,), (again,) = await earlier.poll(), await later.poll()
    await earlier.settle(arrival, REFUSED)
    await later.settle(again, REFUSED)
    assert subject.refused() == 1


async def test_a_delivery_repeated_after_it_was_settled_has_the_same_key(subject: Subject) -> None:
    subject.deliver("one.pdf", PDF)
    inlet = subject.open()
    (arrival,) = await inlet.poll()
    await inlet.settle(arrival, TAKEN)
    subject.deliver("one.pdf", PDF)
    assert await keys(inlet) == [arrival.documents[0].key]

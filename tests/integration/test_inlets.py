"""What arrives becomes exactly one case each, whoever dies in between, and ends nowhere in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.inlets import ANSWER_WAITS, MOST_TRIES, InletDesk, Source, inlets_running
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.intake import Intake
from graphs.store.inlet_turns import InletTurns
from graphs.store.tables import Case
from tests.support.api import grant
from tests.support.arriving import NEEDED, arriving_definition, asking_definition
from tests.support.engine import Engine
from tests.support.mails import OTHER_PDF, PDF, SUPPLIER, mail
from tests.support.patience import eventually
from tests.support.people import actor
from tools.drop.inlet import FileDropInlet
from tools.drop.settings import FileDropSettings
from tools.errors import Permanent, Transient
from tools.inlet import Arrival, ArrivedDocument, Inlet, Settlement
from tools.mail.arrival import Reading, WithoutDocument
from tools.mail.identity import message_id_of
from tools.mail.inlet import BATCH, MailInlet
from tools.mail.limits import DEFAULT_LIMITS
from tools.mail.mailbox import MailRef
from tools.mail.position import Position
from tools.testing.inlet import MemoryInlet
from tools.testing.mail import MemoryMailbox

ASKED = message_id_of("interlock-key", domain="buyer.example")
VERIFIED = "Authentication-Results: mx.buyer.example; dmarc=pass header.from=supplier.example"


class Killed(BaseException):
    """The process dies here."""


@dataclass(slots=True, kw_only=True)
class Dying:
    """An inlet whose process dies before or after it settles, as often as it is told."""

    inlet: Inlet
    before: int = 0
    after: int = 0

    @property
    def name(self) -> str:
        return self.inlet.name

    @property
    def interval(self) -> timedelta:
        return self.inlet.interval

    async def poll(self) -> Sequence[Arrival]:
        return await self.inlet.poll()

    async def settle(self, arrival: Arrival, settlement: Settlement) -> None:
        if self.before:
            self.before -= 1
            raise Killed
        await self.inlet.settle(arrival, settlement)
        if self.after:
            self.after -= 1
            raise Killed


@dataclass(slots=True, kw_only=True)
class Post:
    """A mailbox on the toy engine; every look is a process of its own."""

    engine: Engine
    folder: Path
    box: MemoryMailbox = field(default_factory=MemoryMailbox)
    without_document: WithoutDocument = "case"

    def inlet(self) -> MailInlet:
        reading = Reading(
            process="toy",
            limits=DEFAULT_LIMITS,
            authserv_id="mx.buyer.example",
            domain="buyer.example",
            without_document=self.without_document,
        )
        return MailInlet(
            name="mail",
            mailbox=self.box,
            reading=reading,
            position=Position.read(self.folder / "position.json"),
            interval=timedelta(seconds=1),
            batch_bytes=10**7,
        )

    async def look(self, inlet: Inlet | None = None, *, login: str = "intake") -> int | None:
        turns = InletTurns(self.engine.url, role=None)
        try:
            desk = InletDesk(services=self.engine.services, turns=turns)
            return await desk.look(Source(inlet=inlet or self.inlet(), tenant="acme", login=login))
        finally:
            await turns.close()

    async def cases(self) -> list[Case]:
        async with self.engine.database.unit_of_work("acme") as unit:
            found = await unit.session.execute(text("SELECT id FROM cases ORDER BY created_at"))
            return [await unit.cases.get(case_id) for case_id in found.scalars()]

    async def refusals(self) -> list[Mapping[str, Any]]:
        async with self.engine.database.unit_of_work("acme") as unit:
            query = text(
                "SELECT v.content FROM audit_entries e JOIN audit_values v ON v.tenant = e.tenant AND v.seq = e.seq "
                "WHERE e.kind = 'arrival.refused' ORDER BY e.seq"
            )
            found = (await unit.session.execute(query)).scalars()
            return [{name: one["value"] for name, one in content.items()} for content in found]


@pytest.fixture
def post(engine: Engine, tmp_path: Path) -> Post:
    """The toy engine with a process for what arrives."""
    engine.definitions = (arriving_definition(),)
    return Post(engine=engine, folder=tmp_path)


async def test_each_document_of_a_mail_becomes_a_case_with_what_is_known_of_its_sender(post: Post) -> None:
    name, _, value = VERIFIED.partition(": ")
    post.box.deliver(mail(PDF, OTHER_PDF, headers={name: value}))
    assert await post.look() == 1
    first, second = await post.cases()
    assert {first.input["name"], second.input["name"]} == {"invoice-1.pdf", "invoice-2.pdf"}
    assert (first.input["channel"], first.input["sender"]) == ("mail", SUPPLIER)
    known = first.input["mail"]["verification"]["sender_verified"]
    assert (known["value"], known["source"]["ref"]) == ("pass", "mail server mx.buyer.example")
    assert first.input["mail"]["integrity"] == "untrusted"
    assert (len(post.box.taken), len(post.box.refused), post.box.inbox) == (1, 0, {})
    async with post.engine.database.unit_of_work("acme") as unit:
        kept = {(await unit.originals.get("acme", case.input["document"])).content for case in (first, second)}
    assert kept == {PDF, OTHER_PDF}


@pytest.mark.parametrize("death", ["before", "after"])
@pytest.mark.parametrize("times", [1, 3])
async def test_a_death_around_settling_leaves_one_case_each(post: Post, death: str, times: int) -> None:
    post.box.deliver(mail(PDF, OTHER_PDF))
    for _ in range(times):
        dying = Dying(inlet=post.inlet())
        setattr(dying, death, 1)
        if post.box.inbox:
            with pytest.raises(Killed):
                await post.look(dying)
    await post.look()
    assert (len(await post.cases()), len(post.box.taken), post.box.inbox) == (2, 1, {})
    assert (await post.engine.verification()).sound


async def test_a_death_between_two_documents_leaves_one_case_each(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.box.deliver(mail(PDF, OTHER_PDF))
    started = 0
    start = Intake.start

    async def dies_once(self: Intake, *arguments: Any, **named: Any) -> Any:
        nonlocal started
        started += 1
        if started == 2:
            raise Killed
        return await start(self, *arguments, **named)

    monkeypatch.setattr(Intake, "start", dies_once)
    with pytest.raises(Killed):
        await post.look()
    await post.look()
    assert (len(await post.cases()), started) == (2, 4)


async def test_a_mail_that_could_not_be_moved_is_not_read_again_but_moved_later(post: Post) -> None:
    post.box.deliver(mail(PDF))
    inlet = post.inlet()
    arrivals = await inlet.poll()
    post.box.faults = [Transient("the server is away")]
    with pytest.raises(Transient):
        await inlet.settle(arrivals[0], Settlement(cases=("case-1",)))
    assert await post.look() == 0
    assert (post.box.fetched, len(post.box.taken)) == (1, 1)


async def test_a_redelivered_mail_with_other_headers_finds_its_case(post: Post) -> None:
    post.box.deliver(mail(PDF))
    await post.look()
    name, _, value = VERIFIED.partition(": ")
    post.box.deliver(mail(PDF, headers={"Received": "from elsewhere", name: value}))
    assert await post.look() == 1
    assert (len(await post.cases()), len(post.box.taken)) == (1, 2)


async def test_a_mail_that_claims_anothers_message_id_and_document_is_refused(post: Post) -> None:
    post.box.deliver(mail(PDF))
    post.box.deliver(mail(PDF, sender="eve@evil.example"))
    await post.look()
    assert (len(await post.cases()), len(post.box.taken), len(post.box.refused)) == (1, 1, 1)
    (refused,) = await post.refusals()
    assert [one["code"] for one in refused["refusals"]] == ["idempotency_key_reused"]


async def test_without_a_message_id_the_mail_itself_is_the_key(post: Post) -> None:
    for content in (mail(PDF, message_id=None), mail(PDF, message_id=None, text="another")):
        post.box.deliver(content)
        post.box.deliver(content)
    await post.look()
    assert len(await post.cases()) == 2


async def test_a_mail_without_a_document_becomes_a_case_with_itself_as_its_document(post: Post) -> None:
    content = mail(subject="Where is my money?")
    post.box.deliver(content)
    post.box.deliver(content)
    await post.look()
    (case,) = await post.cases()
    assert case.input["name"] == "Where is my money?.eml"
    async with post.engine.database.unit_of_work("acme") as unit:
        assert (await unit.originals.get("acme", case.input["document"])).content == content


async def test_or_it_is_refused_by_name_where_that_is_configured(post: Post) -> None:
    post.without_document = "refuse"
    post.box.deliver(mail())
    assert await post.look() == 1
    (refused,) = await post.refusals()
    assert (refused["refusals"][0]["code"], refused["sender"]) == ("no_document", SUPPLIER)
    assert (await post.cases(), len(post.box.refused)) == ([], 1)


async def test_what_a_machine_sent_by_itself_starts_nothing_and_waits_for_a_person(post: Post) -> None:
    post.box.deliver(mail(PDF, headers={"Auto-Submitted": "auto-replied"}))
    await post.look()
    assert (await post.cases(), len(post.box.refused)) == ([], 1)


async def test_what_the_process_does_not_take_is_refused_with_its_words(post: Post) -> None:
    def picky(body: Mapping[str, Any]) -> None:
        raise Invalid(f"not {', '.join(NEEDED)}")

    post.engine.definitions = (replace(arriving_definition(), check_input=picky),)
    post.box.deliver(mail(PDF))
    await post.look()
    (refused,) = await post.refusals()
    assert refused["refusals"][0]["problem"] == "not document, channel, sender"


async def test_what_fails_for_every_arrival_leaves_them_where_they_are(post: Post) -> None:
    post.box.deliver(mail(PDF))
    with pytest.raises(PermissionMissing):
        await post.look(login="anton")
    with pytest.raises(NotFound):
        await post.look(login="nobody")
    post.engine.definitions = ()
    with pytest.raises(Invalid, match="no process"):
        await post.look()
    assert (len(post.box.inbox), post.box.refused) == (1, [])


async def test_an_arrival_that_fails_again_and_again_is_refused_and_holds_up_no_other(post: Post) -> None:
    poison = ArrivedDocument(key="k\x00", name="a", media_type="x/y", content=b"x")
    known = {"process": "toy", "channel": "mail", "sender": "s", "received_at": post.engine.clock()}
    inlet = MemoryInlet(
        waiting=[
            Arrival(reference="1", documents=(poison,), **known),  # type: ignore[arg-type]  # the fields of both
            Arrival(reference="2", documents=(replace(poison, key="k"),), **known),  # type: ignore[arg-type]  # as above
        ]
    )
    turns = InletTurns(post.engine.url, role=None)
    desk = InletDesk(services=post.engine.services, turns=turns)
    settled = [await desk.look(Source(inlet=inlet, tenant="acme")) for _ in range(MOST_TRIES)]
    await turns.close()
    assert settled == [1, 0, 1]
    assert len(await post.cases()) == 1
    assert [one.refusals[0].code for _, one in inlet.settled if one.refusals] == ["failed"]


# Answers


@pytest.fixture
async def asking(post: Post) -> Case:
    """A case that waits for an answer to its mail."""
    post.engine.definitions = (asking_definition(),)
    await grant(post.engine.database, "intake", "message.send")
    intake = Intake(services=post.engine.services)
    started = await intake.start(await actor(post.engine.database, "clara"), "toy", {"asked": ASKED}, key=None)
    case = await post.engine.advance(started.case.id)
    assert case.status == "waiting"
    return case


def reply(*documents: bytes, number: int = 1, **changes: Any) -> bytes:
    known = {"message_id": f"<{number}@supplier.example>", "text": "Order 7.\r\n> which order?"}
    headers = {"In-Reply-To": ASKED, **changes.pop("headers", {})}
    return mail(*documents, **{**known, **changes}, headers=headers)


async def test_an_answer_reaches_the_case_that_asked_once(post: Post, asking: Case) -> None:
    for _ in range(2):
        post.box.deliver(reply(PDF))
    await post.look()
    case = await post.engine.advance(asking.id)
    assert (case.status, len(await post.cases()), len(post.box.taken)) == ("done", 1, 2)
    assert (await post.engine.trail_of(asking.id)).count("message.correlated") == 1


@pytest.mark.parametrize("header", ["References", "In-Reply-To"])
async def test_an_answer_is_known_by_either_header(post: Post, asking: Case, header: str) -> None:
    post.box.deliver(mail(message_id="<r@x>", headers={header: f"<other@x> {ASKED}"}))
    await post.look()
    assert (await post.engine.advance(asking.id)).status == "done"


@pytest.mark.parametrize(
    "headers",
    [{"Auto-Submitted": "auto-replied"}, {"Return-Path": "<>"}, {"In-Reply-To": ASKED.replace("buyer", "evil")}],
    ids=["absence notice", "bounce", "another domain"],
)
async def test_a_machine_and_a_stranger_answer_nothing(post: Post, asking: Case, headers: dict[str, str]) -> None:
    post.box.deliver(reply(headers=headers))
    await post.look()
    assert (await post.engine.case(asking.id)).status == "waiting"


async def test_an_answer_waits_for_its_case_and_then_becomes_an_arrival_of_its_own(post: Post, asking: Case) -> None:
    post.box.deliver(reply(PDF, number=1), received_at=post.engine.clock())
    await post.look()
    post.box.deliver(reply(OTHER_PDF, number=2), received_at=post.engine.clock())
    assert await post.look() == 0
    assert (len(post.box.inbox), len(await post.cases())) == (1, 1)
    post.engine.clock.ahead = ANSWER_WAITS + timedelta(seconds=1)
    assert await post.look() == 1
    assert (post.box.inbox, len(await post.cases())) == ({}, 2)


async def test_answers_that_nobody_waits_for_hold_up_no_invoice(post: Post, asking: Case) -> None:
    inlet = post.inlet()
    turns = InletTurns(post.engine.url, role=None)
    desk = InletDesk(services=post.engine.services, turns=turns)
    for number in range(BATCH + 5):
        made_up = message_id_of(f"made up {number}", domain="buyer.example")
        post.box.deliver(mail(message_id=f"<{number}@evil.example>", headers={"In-Reply-To": made_up}))
    source = Source(inlet=inlet, tenant="acme")
    assert await desk.look(source) == 0
    post.box.deliver(mail(PDF))
    assert await desk.look(source) == 1
    await turns.close()
    assert (len(post.box.taken), len(post.box.inbox)) == (1, BATCH + 5)


async def test_a_service_that_may_not_send_messages_leaves_answers_where_they_are(post: Post, asking: Case) -> None:
    post.box.deliver(reply())
    for _ in range(MOST_TRIES + 1):
        with pytest.raises(PermissionMissing):
            await post.look(login="clara")
    assert (len(post.box.inbox), post.box.refused) == (1, [])


async def test_a_mail_that_can_never_be_moved_holds_up_no_other(post: Post) -> None:
    post.box.deliver(mail(PDF))
    inlet = post.inlet()
    (arrival,) = await inlet.poll()
    post.box.faults = [Permanent("no such folder")]
    with pytest.raises(Permanent):
        await inlet.settle(arrival, Settlement(cases=("case-1",)))
    post.box.deliver(mail(OTHER_PDF, message_id="<two@supplier.example>"))
    stuck = Stuck(box=post.box, uid="1")
    post.box = stuck  # type: ignore[assignment]  # the mailbox, with one mail that does not move
    assert await post.look() == 1
    assert [len(content) for content in stuck.box.taken] == [len(mail(OTHER_PDF, message_id="<two@supplier.example>"))]


@dataclass(slots=True, kw_only=True)
class Stuck:
    """A mailbox in which one mail cannot be moved."""

    box: MemoryMailbox
    uid: str

    async def put_away(self, ref: MailRef, *, refused: bool) -> None:
        if ref.uid == self.uid:
            raise Permanent("this one cannot be moved")
        await self.box.put_away(ref, refused=refused)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.box, name)


# Turns, files, and all of it at work


async def test_of_many_processes_one_has_the_turn_until_it_ends(post: Post) -> None:
    first, second = (InletTurns(post.engine.url, role=None) for _ in range(2))
    assert [await first.take("acme", "mail") for _ in range(2)] == [True, True]
    assert not await second.take("acme", "mail")
    assert await second.take("acme", "drop")
    assert await second.take("beta", "mail")
    await first.close()
    await eventually(lambda: second.take("acme", "mail"), within_seconds=10)
    await second.close()


async def test_a_turn_whose_connection_broke_is_taken_anew(post: Post) -> None:
    turns = InletTurns(post.engine.url, role=None)
    assert await turns.take("acme", "mail")
    async with post.engine.database.unit_of_work() as unit:
        await unit.session.execute(
            text("SELECT pg_terminate_backend(l.pid) FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted "
                 "AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) "
                 "AND l.pid <> pg_backend_pid()")
        )  # fmt: skip
    await eventually(lambda: turns.take("acme", "mail"), within_seconds=10)
    await turns.close()


async def test_two_processes_at_one_mailbox_without_turns_still_make_one_case_each(post: Post) -> None:
    for number in range(4):
        post.box.deliver(mail(b"%%PDF %d" % number, message_id=f"<{number}@x>"))
    desks = [InletDesk(services=post.engine.services, turns=AlwaysMine()) for _ in range(3)]
    await asyncio.gather(*(desk.look(Source(inlet=post.inlet(), tenant="acme")) for desk in desks))
    assert (len(await post.cases()), post.box.inbox) == (4, {})


class AlwaysMine(InletTurns):
    """As if the lock did not hold."""

    def __init__(self) -> None:
        super().__init__("", role=None)

    async def take(self, tenant: str, name: str) -> bool:
        return True


async def test_dropped_files_become_cases_while_the_server_runs(post: Post, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    settings = FileDropSettings(folder=folder, process="toy", stable_seconds=0, poll_seconds=0.05)
    (folder / "a.pdf").write_bytes(PDF)
    (folder / "empty.pdf").write_bytes(b"")
    source = Source(inlet=FileDropInlet(name="drop", settings=settings), tenant="acme")
    async with inlets_running(post.engine.services, [source]):
        await eventually(lambda: len(list(folder.glob("*/*.txt"))) == 2, within_seconds=15)
    (case,) = await post.cases()
    (done,) = (folder / "done").glob("*.txt")
    assert (case.input["channel"], case.input["sender"], done.read_text()) == ("file", "drop", f"case {case.id}\n")
    (refused,) = (folder / "refused").glob("*.txt")
    assert "empty: it is empty" in refused.read_text()


@pytest.mark.parametrize("death", ["before", "after"])
async def test_a_file_whose_process_dies_has_one_case(post: Post, tmp_path: Path, death: str) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(PDF)
    settings = FileDropSettings(folder=folder, process="toy", stable_seconds=0)
    dying = Dying(inlet=FileDropInlet(name="drop", settings=settings))
    setattr(dying, death, 1)
    with pytest.raises(Killed):
        await post.look(dying)
    await post.look(FileDropInlet(name="drop", settings=settings))
    assert len(await post.cases()) == 1
    assert len(list((folder / "done").iterdir())) == 2

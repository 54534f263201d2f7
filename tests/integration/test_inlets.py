"""What arrives becomes exactly one case each, whoever dies in between, and ends nowhere in silence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from api.inlets import MOST_TRIES, InletDesk, Source, inlets_running
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.intake import Intake
from graphs.store.inlet_turns import InletTurns
from tests.support.arriving import NEEDED, arriving_definition
from tests.support.engine import Engine
from tests.support.inlets import VERIFIED, Dying, Killed, Post
from tests.support.mails import OTHER_PDF, PDF, SUPPLIER, mail
from tests.support.patience import eventually
from tools.drop.inlet import FileDropInlet
from tools.drop.settings import FileDropSettings
from tools.errors import Permanent, Transient
from tools.inlet import Arrival, ArrivedDocument, Settlement
from tools.mail.mailbox import MailRef
from tools.testing.inlet import MemoryInlet
from tools.testing.mail import MemoryMailbox


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

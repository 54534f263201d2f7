"""Answers that arrive: they reach the case that asked, once, and hold up nothing else."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.inlets import ANSWER_WAITS, MOST_TRIES, InletDesk, Source
from graphs.errors import PermissionMissing
from graphs.intake import Intake
from graphs.store.inlet_turns import InletTurns
from graphs.store.tables import Case
from tests.support.api import grant
from tests.support.arriving import arriving_definition, asking_definition
from tests.support.engine import Engine
from tests.support.inlets import ASKED, Post
from tests.support.mails import OTHER_PDF, PDF, mail
from tests.support.people import actor
from tools.mail.identity import message_id_of
from tools.mail.inlet import BATCH


@pytest.fixture
def post(engine: Engine, tmp_path: Path) -> Post:
    """The toy engine with a process for what arrives."""
    engine.definitions = (arriving_definition(),)
    return Post(engine=engine, folder=tmp_path)


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

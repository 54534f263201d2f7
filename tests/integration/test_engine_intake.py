"""Intake: every accepted trigger has exactly one case, however often it is delivered."""

from __future__ import annotations

import asyncio

import pytest

from graphs.errors import Invalid, PermissionMissing, TriggerMismatch
from graphs.intake import Accepted, Incoming, Intake
from tests.support.engine import Engine
from tests.support.people import actor, populate


async def cases_of(engine: Engine, tenant: str = "acme") -> int:
    async with engine.database.unit_of_work(tenant) as unit:
        return sum((await unit.cases.count_by_status()).values())


async def deliver(engine: Engine, incoming: Incoming, *, key: str | None = None, tenant: str = "acme") -> Accepted:
    who = await actor(engine.database, "intake", tenant)
    return await Intake(services=engine.services).document(who, "toy", incoming, key=key, extra={"subject": "a note"})


def mail(content: bytes = b"%PDF-", *, sender: str = "a@example.org", name: str = "note.pdf") -> Incoming:
    return Incoming(name=name, media_type="application/pdf", content=content, channel="mail", sender=sender)


async def test_the_same_key_and_body_is_the_same_case(engine: Engine) -> None:
    first = await engine.start(key="k1")
    second = await engine.start(key="k1")
    assert (first.created, second.created) == (True, False)
    assert first.case.id == second.case.id
    assert await engine.trail_of(first.case.id) == ["case.started"]


async def test_the_same_key_with_another_body_is_refused(engine: Engine) -> None:
    await engine.start(key="k1", subject="a note")
    with pytest.raises(TriggerMismatch, match="'k1' was used before with another body"):
        await engine.start(key="k1", subject="another note")
    assert await cases_of(engine) == 1


async def test_twenty_deliveries_at_once_make_one_case(engine: Engine) -> None:
    accepted = await asyncio.gather(*(engine.start(key="k1") for _ in range(20)))
    assert len({delivery.case.id for delivery in accepted}) == 1
    assert sum(delivery.created for delivery in accepted) == 1
    assert await cases_of(engine) == 1
    assert (await engine.verification()).entries == 1


async def test_without_a_key_every_start_is_a_case_of_its_own(engine: Engine) -> None:
    first, second = await engine.start(), await engine.start()
    assert first.case.id != second.case.id


async def test_a_document_without_a_key_is_known_by_content_sender_and_channel(engine: Engine) -> None:
    first = await deliver(engine, mail())
    again = await deliver(engine, mail(name="the same under another name.pdf"))
    other_sender = await deliver(engine, mail(sender="b@example.org"))
    other_content = await deliver(engine, mail(b"%PDF-1.7"))
    assert (again.case.id, again.created) == (first.case.id, False)
    assert len({first.case.id, other_sender.case.id, other_content.case.id}) == 3


async def test_a_key_of_another_tenant_is_another_key(engine: Engine) -> None:
    await populate(engine.database, "bolt")
    ours = await deliver(engine, mail(), key="k1")
    theirs = await deliver(engine, mail(b"%PDF-1.7"), key="k1", tenant="bolt")
    assert (ours.created, theirs.created) == (True, True)
    assert await cases_of(engine, "bolt") == 1


async def test_what_the_process_does_not_accept_leaves_no_case(engine: Engine) -> None:
    who = await actor(engine.database, "clara")
    with pytest.raises(Invalid, match="subject"):
        await Intake(services=engine.services).start(who, "toy", {}, key="k1")
    with pytest.raises(Invalid, match="no process 'unknown'"):
        await Intake(services=engine.services).start(who, "unknown", {}, key="k1")
    assert await cases_of(engine) == 0


async def test_who_may_not_start_a_case_is_refused(engine: Engine) -> None:
    with pytest.raises(PermissionMissing, match=r"case\.start"):
        await engine.start(login="anton")
    assert await cases_of(engine) == 0

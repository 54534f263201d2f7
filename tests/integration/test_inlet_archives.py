"""An archive that arrives is opened once: a case for each document in it, or a named refusal."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
from sqlalchemy import text

from api.inlets import InletDesk, Source
from graphs.store.inlet_turns import InletTurns
from tests.support.arriving import arriving_definition
from tests.support.engine import Engine
from tools.inlet import Arrival, ArrivedDocument, Settlement
from tools.testing.inlet import MemoryInlet


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


async def arrived(engine: Engine, content: bytes) -> Settlement:
    """What becomes of one file that arrives."""
    document = ArrivedDocument(key="k", name="invoices.zip", media_type="application/zip", content=content)
    arrival = Arrival(
        reference="1",
        process="toy",
        channel="file",
        sender="scanner",
        received_at=engine.clock(),
        documents=(document,),
    )
    inlet, turns = MemoryInlet(waiting=[arrival]), InletTurns(engine.url, role=None)
    desk = InletDesk(services=engine.services, turns=turns)
    assert await desk.look(Source(inlet=inlet, tenant="acme")) == 1
    await turns.close()
    [(_, settlement)] = inlet.settled
    return settlement


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """The toy engine with a process for what arrives."""
    engine.definitions = (arriving_definition(),)
    return engine


async def test_each_member_has_a_case_of_its_own_also_when_the_archive_comes_again(engine: Engine) -> None:
    content = zipped({"a.xml": b"<a/>", "b.xml": b"<b/>"})
    first, again = await arrived(engine, content), await arrived(engine, content)
    names = {(await engine.case(case_id)).input["name"] for case_id in first.cases}
    assert (len(first.cases), names, first.refusals) == (2, {"a.xml", "b.xml"}, ())
    assert again.cases == first.cases


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (zipped({"inner.zip": zipped({"a.xml": b"<a/>"})}), "nested_archive"),
        (zipped({"../a.xml": b"<a/>"}), "unsafe_member_name"),
        (zipped({}), "empty_archive"),
        (zipped({"a.xml": b"<a/>"})[:-10], "damaged_archive"),
        (zipped({"a.bin": bytes(300_000_000)}), "archive_bomb"),
    ],
    ids=["nested", "slip", "empty", "cut off", "bomb"],
)
async def test_an_archive_that_is_not_opened_is_refused_by_name_and_starts_nothing(
    engine: Engine, content: bytes, code: str
) -> None:
    settlement = await arrived(engine, content)
    assert (settlement.cases, [one.code for one in settlement.refusals]) == ((), [code])
    async with engine.database.unit_of_work("acme") as unit:
        assert (await unit.session.execute(text("SELECT count(*) FROM cases"))).scalar() == 0

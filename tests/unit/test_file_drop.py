"""A file drop takes whole files, follows no link, and moves what it has read with the reason beside it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.connector import Standing
from tools.drop.connector import FileDropConnector
from tools.drop.inlet import FileDropInlet
from tools.drop.settings import FileDropSettings
from tools.errors import Permanent
from tools.inlet import Arrival, Refusal, Settlement

TAKEN = Settlement(cases=("case-7",))
REFUSED = Settlement(refusals=(Refusal(what="a.pdf", code="invalid", problem="not\nthis"),))


class Moment:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def drop(folder: Path, *, moment: Moment | None = None, **settings: object) -> FileDropInlet:
    known = {"folder": folder, "process": "toy", "stable_seconds": 0, **settings}
    return FileDropInlet(name="drop", settings=FileDropSettings.model_validate(known), moment=moment or Moment())


async def names(inlet: FileDropInlet) -> list[str]:
    return [arrival.reference for arrival in await inlet.poll()]


async def one(inlet: FileDropInlet) -> Arrival:
    (arrival,) = await inlet.poll()
    return arrival


def content_of(folder: Path) -> dict[str, str]:
    """The settled files by name without the tag."""
    return {file.name.partition("-")[2]: file.read_text() for file in folder.iterdir()}


async def test_a_taken_file_lies_in_done_with_its_case_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("x")
    inlet = drop(tmp_path)
    await inlet.settle(await one(inlet), TAKEN)
    assert content_of(tmp_path / "done") == {"a.pdf": "x", "a.pdf.txt": "case case-7\n"}
    assert not (tmp_path / "a.pdf").exists()


async def test_a_refused_file_lies_in_refused_with_its_reason_beside_it(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("x")
    inlet = drop(tmp_path)
    await inlet.settle(await one(inlet), REFUSED)
    assert content_of(tmp_path / "refused") == {"a.pdf": "x", "a.pdf.txt": "refused: a.pdf: invalid: not this\n"}


@pytest.mark.parametrize(("waited", "ready"), [(1.9, 0), (2.0, 1)])
async def test_a_file_is_taken_once_it_has_stood_still(tmp_path: Path, waited: float, ready: int) -> None:
    moment = Moment()
    inlet = drop(tmp_path, moment=moment, stable_seconds=2)
    (tmp_path / "a.pdf").write_text("x")
    assert await names(inlet) == []
    moment.seconds += 1.5
    with (tmp_path / "a.pdf").open("a") as file:
        file.write("y")
    assert await names(inlet) == []
    moment.seconds += waited
    assert len(await names(inlet)) == ready


async def test_an_old_file_that_is_moved_in_waits_too(tmp_path: Path) -> None:
    moment = Moment()
    inlet = drop(tmp_path, moment=moment, stable_seconds=2)
    (tmp_path / "a.pdf").write_text("x")
    os.utime(tmp_path / "a.pdf", (1, 1))
    assert await names(inlet) == []
    moment.seconds += 2
    assert await names(inlet) == ["/a.pdf"]


async def test_links_pipes_folders_hidden_and_partial_files_are_left_alone(tmp_path: Path) -> None:
    secret = tmp_path.parent / "secret.pdf"
    secret.write_text("secret")
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "link.pdf").symlink_to(secret)
    (folder / "hard.pdf").hardlink_to(secret)
    os.mkfifo(folder / "pipe.pdf")
    (folder / "folder.pdf").mkdir()
    for name in (".hidden.pdf", "a.pdf.part", "b.PDF.TMP", "c.crdownload", "d.pdf~"):
        (folder / name).write_text("x")
    (folder / "good.pdf").write_text("x")
    inlet = drop(folder)
    assert await names(inlet) == ["/good.pdf"]
    await inlet.settle(await one(inlet), TAKEN)
    assert secret.read_text() == "secret"


async def test_each_folder_has_its_process_and_nobody_can_lead_it_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "x.pdf").write_text("x")
    folder = tmp_path / "drop"
    folder.mkdir()
    inlet = drop(folder, process=None, subfolders={"invoices": "procure_to_pay", "orders": "toy"})
    assert await names(inlet) == []
    (folder / "invoices" / "a.pdf").write_text("x")
    arrival = await one(inlet)
    assert (arrival.process, arrival.sender) == ("procure_to_pay", "drop/invoices")
    (folder / "orders").rmdir()
    (folder / "orders").symlink_to(elsewhere)
    assert await names(inlet) == ["invoices/a.pdf"]
    (folder / "invoices" / "a.pdf").unlink()
    with pytest.raises(Permanent, match="is no folder that this process may"):
        await inlet.poll()


async def test_a_file_that_took_the_place_of_the_one_that_was_read_stays(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("first")
    inlet = drop(tmp_path)
    arrival = await one(inlet)
    (tmp_path / "b").write_text("second")
    (tmp_path / "b").rename(tmp_path / "a.pdf")
    await inlet.settle(arrival, TAKEN)
    again = await one(inlet)
    assert again.documents[0].content == b"second"
    assert again.documents[0].key != arrival.documents[0].key


async def test_a_file_that_is_gone_is_settled(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text("x")
    inlet = drop(tmp_path)
    arrival = await one(inlet)
    (tmp_path / "a.pdf").unlink()
    await inlet.settle(arrival, TAKEN)
    assert await names(inlet) == []


async def test_a_link_for_the_settled_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "done").symlink_to(elsewhere)
    (folder / "a.pdf").write_text("x")
    inlet = drop(folder)
    with pytest.raises(Permanent):
        await inlet.settle(await one(inlet), TAKEN)
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize(("content", "code"), [("", "empty"), ("x" * 11, "document_too_large"), ("x" * 10, None)])
async def test_what_is_empty_or_too_large_is_refused(tmp_path: Path, content: str, code: str | None) -> None:
    (tmp_path / "a.pdf").write_text(content)
    arrival = await one(drop(tmp_path, document_bytes=10))
    assert [refusal.code for refusal in arrival.refusals] == ([code] if code else [])
    assert len(arrival.documents) == (code is None)


async def test_a_name_that_is_no_text_and_a_very_long_one_are_settled(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"a\xff\n.pdf")).write_text("x")
    (tmp_path / ("ä" * 120 + ".pdf")).write_text("x")
    inlet = drop(tmp_path)
    arrivals = await inlet.poll()
    assert sorted(one.documents[0].name[-6:] for one in arrivals) == sorted(["a\ufffd.pdf", "ää.pdf"])
    for arrival in arrivals:
        await inlet.settle(arrival, REFUSED)
    assert (await names(inlet), len(list((tmp_path / "refused").iterdir()))) == ([], 4)


async def test_the_check_says_what_is_wrong(tmp_path: Path) -> None:
    inlet = drop(tmp_path / "nowhere")
    missing = await FileDropConnector(name="drop", settings=inlet.settings, inlet=inlet).check()
    assert (missing.standing, "is no folder" in missing.problem) == (Standing.DOWN, True)
    (tmp_path / "nowhere").mkdir()
    connector = FileDropConnector(name="drop", settings=inlet.settings, inlet=inlet)
    assert (await connector.check()).standing is Standing.OK
    (tmp_path / "nowhere" / "a.pdf").write_text("x")
    await inlet.settle(await one(inlet), REFUSED)
    found = await connector.check()
    assert (found.standing, found.details) == (Standing.DEGRADED, {"refused": 1})


@pytest.mark.parametrize(
    "settings", [{"process": None}, {"subfolders": {"done": "toy"}}, {"subfolders": {"../x": "toy"}}, {"password": "x"}]
)
def test_a_configuration_that_cannot_work_is_refused(tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"process|done|subfolders|password"):
        drop(tmp_path, **settings)

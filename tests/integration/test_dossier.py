"""Dossiers: what is in them, that they verify by themselves, and who gets one."""

from __future__ import annotations

import asyncio
import html.parser
import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import cffi
import cryptography
import pytest

from graphs.audit import AuditRecord
from graphs.checkpoints import Checkpointer
from graphs.dossier import DossierDesk, DossierRequest, TrailNotSigned
from graphs.erasure import ErasureDesk, ErasureRequest
from graphs.errors import Invalid, NotFound, PermissionMissing
from graphs.store.audit_export import AuditExport
from graphs.store.database import Database
from graphs.tasks import Answer
from policies.canonical import digest
from tests.conftest import TestDatabase
from tests.support import forgery
from tests.support.accounts_payable import SAMPLES, AccountsPayable
from tests.support.dossiers import KEY, PacksInUse, dossier, verify
from tests.support.engine import Engine
from tests.support.people import actor, populate
from tests.support.retention import NAME, compacted, finished, officer
from tests.support.trail import checkpointer, write_entries
from tools.clock import utc_now

HOUR = timedelta(hours=1)
TRAP = "<script>alert(1)</script>\"'&"


@pytest.fixture
def maker(database: Database, tmp_path: Path) -> Checkpointer:
    return checkpointer(database, tmp_path / "outside")


@pytest.fixture
async def engine(engine: Engine, maker: Checkpointer) -> Engine:
    engine.checkpointer = maker
    engine.database.clock = engine.clock
    return engine


@pytest.fixture
async def payable(database: Database, own_database: TestDatabase, maker: Checkpointer) -> AccountsPayable:
    await populate(database)
    return AccountsPayable(database=database, url=own_database.app_url, checkpointer=maker)


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
    return found


class Page(html.parser.HTMLParser):
    """Which tags and links a page has, and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(folder: Path) -> Page:
    page = Page()
    page.feed((folder / "index.html").read_text())
    return page


async def test_a_case_of_the_toy_process_verifies_and_its_verdicts_are_recomputed(
    engine: Engine, tmp_path: Path
) -> None:
    case_id = await finished(engine)
    folder = await dossier(engine.services, tmp_path / "d", case_id=case_id)
    report = verify(folder)
    assert report.problems == []
    assert report.counts["verdicts recomputed"] == 4
    assert report.counts["answers"] == 1
    assert report.counts["entries"] == 10
    assert manifest_of(folder)["subject"] == {"kind": "case", "case": case_id}


@pytest.mark.parametrize(
    ("sample", "status"),
    [("clean_hybrid", "done"), ("price_variance", "waiting"), ("duplicate", "rejected"), ("hidden_instruction", None)],
)
async def test_a_case_of_procure_to_pay_verifies_with_its_document_and_its_rules(
    payable: AccountsPayable, tmp_path: Path, sample: str, status: str | None
) -> None:
    case = await payable.send(sample)
    assert status in (None, case.status)
    folder = await dossier(payable.services, tmp_path / "d", case_id=case.id)
    report = verify(folder)
    assert report.problems == []
    assert report.counts["verdicts recomputed"] >= 5
    [document] = (folder / "documents").iterdir()
    assert document.read_bytes() == SAMPLES[sample].content
    [pack] = (folder / "packs").glob("*.json")
    assert pack.stem == payable.services.rulebooks["procure_to_pay"].pack.digest
    assert pack.with_suffix(".yaml").read_text().startswith("# Rules of procure-to-pay")


async def test_an_erased_case_still_verifies_and_says_so(engine: Engine, tmp_path: Path) -> None:
    sven, case_id = await officer(engine), await finished(engine, subject=NAME)
    whole = verify(await dossier(engine.services, tmp_path / "whole", case_id=case_id))
    desk, request = ErasureDesk(services=engine.services), ErasureRequest(case_id=case_id)
    plan = await desk.plan(sven, request)
    await desk.erase(sven, request, reason="Art. 17", confirmed=plan.digest)
    folder = await dossier(engine.services, tmp_path / "erased", case_id=case_id)
    report = verify(folder, _newest(tmp_path / "whole"))
    assert report.problems == []
    assert "verdicts recomputed" not in report.counts
    assert report.counts["verdicts not recomputable: facts erased"] == 4
    assert report.counts["erased"] + report.counts["values"] == whole.counts["values"] + 4, "the erasure is an entry"
    assert NAME not in "".join(path.read_text() for path in folder.iterdir() if path.is_file())
    assert "erased: action, digest, task, update, verdict" in page_of(folder).text


def _newest(folder: Path) -> str:
    return max((folder / "checkpoints").iterdir()).read_text()


async def test_a_compacted_case_has_the_same_dossier(engine: Engine, tmp_path: Path) -> None:
    case_id = await finished(engine)
    before = await dossier(engine.services, tmp_path / "before", case_id=case_id)
    assert await compacted(engine, case_id) == 1
    after = await dossier(engine.services, tmp_path / "after", case_id=case_id)
    assert (after / "events.jsonl").read_bytes() == (before / "events.jsonl").read_bytes()
    assert verify(after, _newest(before)).problems == []


async def test_an_older_checkpoint_that_was_kept_is_proven_to_be_a_part(engine: Engine, tmp_path: Path) -> None:
    case_id = await finished(engine)
    old = await dossier(engine.services, tmp_path / "old", case_id=case_id)
    await write_entries(engine.database, 40)
    new = await dossier(engine.services, tmp_path / "new", case_id=case_id)
    assert verify(new, _newest(old)).problems == []
    newer = verify(old, _newest(new))
    assert [what.split(":")[0] for _, what in newer.problems] == [
        "the checkpoint kept 0 covers 52 entries, the dossier only 11"
    ]


async def test_a_checkpoint_without_a_proof_is_asked_for_by_its_size(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphs.store.audit_checkpoints.LISTED", 1)
    case_id = await finished(engine)
    for place in range(3):
        folder = await dossier(engine.services, tmp_path / f"{place}", case_id=case_id)
    kept, size = _newest(tmp_path / "1"), manifest_of(tmp_path / "1")["checkpoint"]
    [(_, what)] = verify(folder, kept).problems
    assert f"--known {size}" in what
    proven = await dossier(engine.services, tmp_path / "proven", case_id=case_id, known=(size,))
    assert verify(proven, kept).problems == []


async def test_what_the_page_shows_is_escaped_and_runs_nothing(engine: Engine, tmp_path: Path) -> None:
    case_id = await finished(engine, subject=TRAP)
    page = page_of(await dossier(engine.services, tmp_path / "d", case_id=case_id))
    assert page.tags & {"script", "iframe", "object", "img", "link", "form"} == set()
    assert json.dumps(TRAP) in page.text
    for said in ("TOY-LIMIT: 50.00 is more than 10.00. (Toy, 3)", "review at write", "Anton (acme-anton)", "as agreed"):
        assert said in page.text


async def test_a_hostile_name_of_a_document_names_no_file(payable: AccountsPayable, tmp_path: Path) -> None:
    sample = replace(SAMPLES["clean_hybrid"], file_name="../../evil<b>.html")
    case = (await payable.accept(sample)).case
    folder = await dossier(payable.services, tmp_path / "d", case_id=case.id)
    [document] = (folder / "documents").iterdir()
    assert document.suffix == ".bin"
    assert page_of(folder).links == [
        f"documents/{document.name}", *(f"packs/{path.name}" for path in (folder / "packs").glob("*.json"))
    ]  # fmt: skip
    assert verify(folder).problems == []


# Periods


async def test_a_period_holds_all_of_its_entries_and_shows_that_none_is_missing(engine: Engine, tmp_path: Path) -> None:
    await write_entries(engine.database, 3)
    engine.clock.ahead = 3 * HOUR
    start = engine.clock()
    await finished(engine)
    engine.clock.ahead = 6 * HOUR
    end = utc_now() + 5 * HOUR
    await finished(engine)
    folder = await dossier(engine.services, tmp_path / "d", since=start, until=end)
    report = verify(folder)
    assert report.problems == []
    assert report.counts["entries"] == 10
    entries = forgery.entries_of(forgery.read(folder))
    assert [entry["seq"] for entry in entries] == list(range(3, 15))
    assert "values" not in entries[0]
    assert "values" not in entries[-1]


@pytest.mark.parametrize("ahead", [-9, 9], ids=["before", "behind"])
async def test_a_period_in_which_nothing_happened_is_shown_to_be_empty(
    engine: Engine, tmp_path: Path, ahead: int
) -> None:
    await write_entries(engine.database, 3)
    start = utc_now() + ahead * HOUR
    folder = await dossier(engine.services, tmp_path / "d", since=start, until=start + HOUR)
    report = verify(folder)
    assert report.problems == []
    assert "entries" not in report.counts
    assert [entry["seq"] for entry in forgery.entries_of(forgery.read(folder))] == ([1] if ahead < 0 else [4])


@pytest.mark.parametrize("cut", ["first", "last", "before", "behind"])
async def test_who_signs_a_period_without_all_its_entries_is_found(engine: Engine, tmp_path: Path, cut: str) -> None:
    """The exporter itself leaves entries or bystanders out, and signs what is left."""
    await write_entries(engine.database, 3)
    engine.clock.ahead = 3 * HOUR
    start = engine.clock()
    await finished(engine)
    engine.clock.ahead = 6 * HOUR
    await finished(engine)
    genuine = await dossier(engine.services, tmp_path / "d", since=start, until=utc_now() + 5 * HOUR)
    folder = forgery.write(without(forgery.read(genuine), cut), tmp_path / "forged")
    report = verify(folder)
    assert [what for _, what in report.problems if "of the period are missing" in what]


def without(files: forgery.Files, cut: str) -> forgery.Files:
    """The dossier of a period without its first or last entry, or without the one before or behind it; signed anew."""
    entries = forgery.entries_of(files)
    place = {"before": 0, "first": 1, "last": -2, "behind": -1}[cut]
    del entries[place]
    manifest = json.loads(files["manifest.json"])
    manifest["entries"]["first"] += cut == "first"
    manifest["entries"]["count"] -= cut in ("first", "last")
    return forgery.signed({**files, "events.jsonl": forgery.lines(entries)}, manifest)


# Whole cases


async def test_who_signs_a_case_without_one_of_its_entries_is_found_by_the_skeleton(
    engine: Engine, tmp_path: Path
) -> None:
    case_id, _ = await finished(engine), await finished(engine)
    folder = await dossier(engine.services, tmp_path / "d", case_id=case_id, whole=True)
    report = verify(folder)
    assert report.problems == []
    assert report.counts["entries"] == 10
    assert report.counts["entries of others, without values"] == 11
    files = forgery.read(folder)
    entries = [entry for entry in forgery.entries_of(files) if entry["kind"] != "task.answered"]
    manifest = json.loads(files["manifest.json"])
    manifest["entries"]["numbers"] = [entry["seq"] for entry in entries if "values" in entry]
    forged = {**files, "events.jsonl": forgery.lines(entries), "approvals.json": b"[]"}
    found = verify(forgery.write(forgery.signed(forged, manifest), tmp_path / "forged"))
    assert (5, "missing: whether it is of the case is not shown") in found.problems


# Who gets one


async def test_only_who_may_read_the_trail_gets_a_dossier_and_only_of_the_own_tenant(
    engine: Engine, tmp_path: Path
) -> None:
    case_id = await finished(engine)
    with pytest.raises(PermissionMissing):
        await dossier(engine.services, tmp_path / "clara", login="clara", case_id=case_id)
    await populate(engine.database, "bolt")
    request = DossierRequest(case_id=case_id)
    desk = DossierDesk(services=engine.services, packs=PacksInUse(rulebooks=engine.services.rulebooks))
    sven = await actor(engine.database, "sven", "bolt")
    with pytest.raises(NotFound):
        await desk.write(sven, request, io.BytesIO())


async def test_another_tenants_entries_are_in_no_dossier(engine: Engine, tmp_path: Path) -> None:
    await populate(engine.database, "bolt")
    await write_entries(engine.database, 5, tenant="bolt")
    await write_entries(engine.database, 2)
    now = utc_now()
    folder = await dossier(engine.services, tmp_path / "d", since=now - HOUR, until=now + HOUR)
    assert {entry["tenant"] for entry in forgery.entries_of(forgery.read(folder))} == {"acme"}


async def test_that_a_dossier_was_handed_out_stands_in_the_trail(engine: Engine, tmp_path: Path) -> None:
    case_id = await finished(engine)
    await dossier(engine.services, tmp_path / "d", case_id=case_id)
    async with engine.database.unit_of_work("acme") as unit:
        [exported] = await AuditExport(unit.session).entries("acme", [11], valued=[11])
    assert (exported.entry.kind, exported.entry.actor) == ("dossier.exported", "acme-sven")
    assert [value.value for value in exported.values] == [{"kind": "case", "case": case_id}]


async def test_without_a_key_there_is_no_dossier(engine: Engine, tmp_path: Path) -> None:
    case_id = await finished(engine)
    engine.checkpointer = None
    with pytest.raises(TrailNotSigned):
        await dossier(engine.services, tmp_path / "d", case_id=case_id)


NOW = datetime(2026, 11, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"case_id": "x", "since": NOW, "until": NOW + HOUR},
        {"since": NOW},
        {"since": NOW, "until": NOW},
        {"since": NOW.replace(tzinfo=None), "until": NOW},
        {"case_id": "x", "known": (0,)},
        {"case_id": "x", "known": (1,) * 101},
        {"case_id": "x", "until": NOW},
        {"since": NOW, "until": NOW + HOUR, "whole": True},
    ],
)
def test_a_request_names_a_case_or_a_period(asked: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        DossierRequest(**asked)


# On its own


@pytest.fixture
def bare_path(tmp_path: Path) -> Path:
    """A folder to import from that holds `cryptography` and what it needs, and nothing else."""
    folder = tmp_path / "bare"
    folder.mkdir()
    installed = Path(cryptography.__file__).parents[1]
    backends = installed.glob("_cffi_backend*")
    for found in (Path(cryptography.__file__).parent, Path(cffi.__file__).parent, *backends):
        (folder / found.name).symlink_to(found)
    return folder


ALONE = (
    "import runpy, sys; sys.path.append({path!r}); sys.argv = {argv!r}; runpy.run_path({file!r}, run_name='__main__')"
)


def alone(file: Path, path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The verifier as a file, in a Python without site packages, variables and the current folder."""
    program = ALONE.format(path=str(path), argv=[file.name, *arguments], file=str(file))
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], cwd=path, capture_output=True, text=True, check=False
    )


async def test_the_dossiers_own_copy_of_the_verifier_stands_alone(
    engine: Engine, tmp_path: Path, bare_path: Path
) -> None:
    case_id = await finished(engine)
    old = await dossier(engine.services, tmp_path / "old", case_id=case_id)
    folder = await dossier(engine.services, tmp_path / "d", case_id=case_id)
    (tmp_path / "elsewhere").mkdir()
    file = (folder / "verify.py").rename(tmp_path / "elsewhere" / "verify.py")
    (folder / "verify.py").write_bytes(file.read_bytes())
    kept = max((old / "checkpoints").iterdir())
    arguments = (str(folder), "--key", KEY, "--checkpoint", str(kept), "--json")
    sound = await asyncio.to_thread(alone, file, bare_path, *arguments)
    assert sound.returncode == 0, sound.stderr
    found = json.loads(sound.stdout)
    assert (found["sound"], found["first_bad"], len(found["notes"])) == (True, None, 1)
    assert found["checked"]["verdicts recomputed"] == 4
    with (folder / "events.jsonl").open("ab") as events:
        events.write(b"\n")
    bad = await asyncio.to_thread(alone, file, bare_path, str(folder))
    assert bad.returncode == 1
    assert bad.stdout.startswith("NOT SOUND\n")
    nothing = await asyncio.to_thread(alone, file, bare_path, str(folder / "nowhere"))
    assert nothing.returncode == 2


async def test_an_answer_after_a_correction_verifies(engine: Engine, tmp_path: Path) -> None:
    case = await engine.asking(5_000)
    await engine.answer(case.id, "anton", Answer(decision="correct", set={"amount": "7000"}, reason="the other sum"))
    await engine.advance(case.id)
    await engine.answer(case.id, "anton", Answer(decision="reject", reason="neither"))
    assert (await engine.advance(case.id)).status == "rejected"
    report = verify(await dossier(engine.services, tmp_path / "d", case_id=case.id))
    assert (report.problems, report.counts["answers"]) == ([], 2)


async def test_values_of_every_form_verify(engine: Engine, tmp_path: Path) -> None:
    values: dict[str, Any] = {
        "numbers": [0, -1, 1.0, 1.5, 1e15, 1e-7, 0.1, 2**53 - 1],
        "texts": ["", "ä", "\u2028", "\x00".replace("\x00", "\x1f"), '"\\/', "🦆"],
        "nested": {"ﬀ": None, "🦆": True, "a": {"b": []}},
    }
    async with engine.database.unit_of_work("acme") as unit:
        unit.record("acme", AuditRecord(kind="test.written", actor="tést", values=values))
    now = utc_now()
    folder = await dossier(engine.services, tmp_path / "d", since=now - HOUR, until=now + HOUR)
    assert verify(folder).problems == []
    assert digest(values)

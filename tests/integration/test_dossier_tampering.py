"""Five hundred forged dossiers, seeded: each is found out, given the key and an older checkpoint.

The forgers: one changes a file; one makes all digests fit but has no key; one signs all anew with a key of his own; and
one has the very key of the installation, and rewrites what happened before the checkpoint that the outsider kept.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from graphs.signed_note import Signer, new_key
from graphs.store.database import Database
from graphs.store.embedded import EmbeddedPostgres
from graphs.tasks import Answer
from tests.conftest import clone
from tests.support import forgery
from tests.support.dossiers import KEY, dossier, verify
from tests.support.engine import Engine
from tests.support.forgery import CLUMSY, REWRITINGS, Files, Forger
from tests.support.people import populate
from tests.support.toy import AmountReader, Notebook
from tests.support.trail import SIGNER, checkpointer
from tools.clock import utc_now

BLOCKS, EACH = 20, 25
HOUR = timedelta(hours=1)
APPROVE = Answer(decision="approve", reason="as agreed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Genuine:
    """Two genuine dossiers, and the checkpoint that an outsider has kept since before the last case."""

    period: Files
    case: Files
    kept: str
    kept_size: int


@pytest.fixture(scope="module")
def genuine(server: EmbeddedPostgres, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Genuine]:
    folder = tmp_path_factory.mktemp("genuine")
    with clone(server, template) as cloned:
        yield asyncio.run(made(cloned.app_url, folder))


async def made(url: str, folder: Path) -> Genuine:
    database = Database(url, clock=utc_now)
    await populate(database)
    maker = checkpointer(database, folder / "kept")
    engine = Engine(database=database, url=url, reader=AmountReader(500), notebook=Notebook(), checkpointer=maker)
    case = await engine.asking(5_000)
    await engine.answer(case.id, "anton", APPROVE)
    await engine.advance(case.id)
    await maker.cut("acme")
    await maker.keep("acme")
    [kept] = (folder / "kept").rglob("*.checkpoint")
    await engine.asking(7_000)
    now = utc_now()
    await dossier(engine.services, folder / "period", since=now - HOUR, until=now + HOUR)
    await dossier(engine.services, folder / "case", case_id=case.id)
    await database.close()
    return Genuine(
        period=forgery.read(folder / "period"),
        case=forgery.read(folder / "case"),
        kept=kept.read_text(),
        kept_size=int(kept.stem),
    )


def clumsy(genuine: Genuine, random: Random) -> Files:
    """One file is changed, or missing, or one too many."""
    files = dict(random.choice((genuine.period, genuine.case)))
    name = random.choice(sorted(files))
    match random.randrange(8):
        case 0:
            del files[name]
        case 1:
            files[f"{name}.more"] = b"more"
        case _:
            files[name] = random.choice(CLUMSY)(files[name], random)
    return files


def without_key(genuine: Genuine, random: Random) -> Files:
    """What happened is told otherwise, every digest fits, and the signatures are those of before."""
    entries = forgery.entries_of(genuine.period)
    random.choice(REWRITINGS)(entries, random)
    made = Forger(signer=SIGNER).rebuilt(genuine.period, entries)
    signed = {name: content for name, content in genuine.period.items() if name.startswith("checkpoints/")}
    files = {name: content for name, content in made.items() if not name.startswith("checkpoints/")}
    return forgery.with_fitting_digests({**files, **signed, "manifest.note": genuine.period["manifest.note"]})


def with_own_key(genuine: Genuine, random: Random) -> Files:
    """All of it is rebuilt and signed by somebody else, changed or not."""
    entries = forgery.entries_of(genuine.period)
    if random.random() < 0.8:
        random.choice(REWRITINGS)(entries, random)
    forger = Forger(signer=Signer.read(new_key().encode()))
    return forger.rebuilt(genuine.period, entries, sizes=[genuine.kept_size])


def with_the_key(genuine: Genuine, random: Random) -> Files:
    """All of it is rebuilt and signed with the true key; something before the kept checkpoint is told otherwise."""
    entries = forgery.entries_of(genuine.period)
    before, behind = entries[: genuine.kept_size], entries[genuine.kept_size :]
    rewriting = random.choice(REWRITINGS)
    rewriting(before, random)
    rest = [] if rewriting is forgery.truncate else behind
    return Forger(signer=SIGNER).rebuilt(genuine.period, before + rest, sizes=[genuine.kept_size])


FORGERS = (clumsy, without_key, with_own_key, with_the_key)


def changes(genuine: Genuine, files: Files, forger: object) -> bool:
    """Whether a forgery is one: a new signature alone counts only where its key is another."""
    if forger is without_key:
        return files["events.jsonl"] != genuine.period["events.jsonl"]
    if forger is with_the_key:
        told, written = (found["events.jsonl"].splitlines()[: genuine.kept_size] for found in (files, genuine.period))
        return told != written
    if forger is with_own_key:
        return files["key.txt"] != genuine.period["key.txt"]
    return files not in (genuine.period, genuine.case)


def test_the_genuine_dossiers_are_sound(genuine: Genuine, tmp_path: Path) -> None:
    for name, files in (("period", genuine.period), ("case", genuine.case)):
        report = verify(forgery.write(files, tmp_path / name), genuine.kept)
        assert report.problems == []
        assert len(report.notes) == (name == "case"), report.notes
        assert report.counts["verdicts recomputed"] > 3


def test_what_a_forger_rebuilds_without_a_change_is_sound(genuine: Genuine, tmp_path: Path) -> None:
    """Or the forgeries would be found for the forger's own mistakes."""
    entries = forgery.entries_of(genuine.period)
    files = Forger(signer=SIGNER).rebuilt(genuine.period, entries, sizes=[genuine.kept_size])
    assert files["events.jsonl"] == genuine.period["events.jsonl"]
    assert verify(forgery.write(files, tmp_path), genuine.kept).problems == []


@pytest.mark.parametrize("block", range(BLOCKS))
def test_every_forgery_is_found(genuine: Genuine, tmp_path: Path, block: int) -> None:
    passed = []
    for number in range(block * EACH, (block + 1) * EACH):
        forger, random = FORGERS[number % len(FORGERS)], Random(number)
        files = forger(genuine, random)
        assert changes(genuine, files, forger), f"{forger.__name__} {number} changes nothing"
        if not verify(forgery.write(files, tmp_path / str(number)), genuine.kept).problems:
            passed.append((forger.__name__, number))
    assert passed == []


@pytest.mark.parametrize("behind", [" ", "\n", "x", "\u2014 other AAAA\n"])
def test_nothing_stands_behind_the_manifests_signature(genuine: Genuine, tmp_path: Path, behind: str) -> None:
    files = {**genuine.period, "manifest.note": genuine.period["manifest.note"] + behind.encode()}
    assert verify(forgery.write(files, tmp_path), genuine.kept).problems != []


@pytest.mark.parametrize("number", range(40))
def test_without_the_key_an_older_checkpoint_still_finds_who_signs_with_his_own(
    genuine: Genuine, tmp_path: Path, number: int
) -> None:
    files = with_own_key(genuine, Random(number))
    found = verify(forgery.write(files, tmp_path), genuine.kept, key=None)
    assert any("kept 0" in what for _, what in found.problems)


@pytest.mark.parametrize("rewriting", REWRITINGS, ids=lambda rewriting: rewriting.__name__)
def test_who_has_the_key_is_found_by_the_checkpoint_alone(
    genuine: Genuine, tmp_path: Path, rewriting: forgery.Callable[..., None]
) -> None:
    entries = forgery.entries_of(genuine.period)[: genuine.kept_size]
    rewriting(entries, Random(7))
    files = Forger(signer=SIGNER).rebuilt(genuine.period, entries, sizes=[genuine.kept_size])
    whats = [what for _, what in verify(forgery.write(files, tmp_path), genuine.kept).problems]
    assert any("held another history" in what or "cut off" in what for what in whats), whats


def test_a_verdict_that_was_recorded_otherwise_is_found_by_the_rules_alone(genuine: Genuine, tmp_path: Path) -> None:
    """Who has the key, before anybody has kept a checkpoint, must still obey the rules."""
    entries = forgery.entries_of(genuine.period)
    judged = next(entry for entry in entries if entry["kind"] == "action.judged")
    judged["values"]["verdict"]["value"] |= {"kind": "allow", "findings": []}
    found = verify(forgery.write(Forger(signer=SIGNER).rebuilt(genuine.period, entries), tmp_path))
    assert [(seq, what) for seq, what in found.problems] == [
        (judged["seq"], "the rules give another verdict at write: kind, findings")
    ]


def test_the_first_bad_entry_is_named(genuine: Genuine, tmp_path: Path) -> None:
    lines = genuine.case["events.jsonl"].splitlines(keepends=True)
    entry = json.loads(lines[3])
    entry["actor"] = "nobody"
    lines[3] = json.dumps(entry).encode() + b"\n"
    lines[5] = lines[5].replace(b'"step":"', b'"step":"x')
    found = verify(forgery.write({**genuine.case, "events.jsonl": b"".join(lines)}, tmp_path))
    assert found.first_bad == entry["seq"]
    assert (entry["seq"], "it was changed after it was written") in found.problems
    assert (None, "events.jsonl was changed") in found.problems


def test_the_key_that_is_asked_for_is_not_replaced_by_the_dossiers(genuine: Genuine, tmp_path: Path) -> None:
    other = Signer.read(new_key().encode()).verifier_key("acme").text
    folder = forgery.write(genuine.period, tmp_path)
    assert verify(folder, key=KEY).problems == []
    assert verify(folder, key=other).problems != []

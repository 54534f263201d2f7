"""The child process that tries a rule pack: its limits, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
from datetime import date, timedelta

import pytest

from graphs.errors import Invalid
from graphs.trial import PackRefused, Question, TrialFailed, TrialLimits, trial_of
from policies.packaged import pack_names, pack_text, rule_book
from tests.support.toy import PACK, toy_rulebook

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize("name", pack_names())
async def test_every_packaged_pack_passes_its_trial(name: str) -> None:
    async with trial_of(pack_text(name), name=name) as trial:
        assert (trial.digest, trial.random_verdicts) == (
            rule_book(name).pack.digest,
            200 * len(rule_book(name).points),
        )
        assert trial.examples > 0


async def test_it_judges_as_the_server_does() -> None:
    asked = Question(point="write", facts={"note.amount": 700}, on=TODAY, parameters={"auto_limit": 400})
    async with trial_of(PACK, name="toy") as trial:
        [found] = await trial.judge([asked])
        assert await trial.judge([]) == []
    here = toy_rulebook().judge("write", {"note.amount": 700}, on=TODAY, parameters={"auto_limit": 400})
    assert json.loads(found) == here.model_dump(mode="json")


async def test_a_trial_without_memory_is_refused() -> None:
    with pytest.raises(Invalid):
        async with trial_of(PACK, name="toy", limits=TrialLimits(memory_bytes=1)):
            pass


async def test_a_trial_without_processor_time_is_refused() -> None:
    with pytest.raises(TrialFailed, match="SIG"):
        async with trial_of(PACK, name="toy", limits=TrialLimits(cpu=timedelta(seconds=1), rounds=1_000_000)):
            pass


async def test_the_child_is_gone_when_the_trial_is_over() -> None:
    async with trial_of(PACK, name="toy") as trial:
        child = trial.process.pid
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


async def test_a_child_that_dies_between_two_batches_is_a_refusal() -> None:
    async with trial_of(PACK, name="toy") as trial:
        os.kill(trial.process.pid, 9)
        with pytest.raises(TrialFailed, match="judging recorded facts ended the process with SIGKILL"):
            await trial.judge([Question(point="write", facts={}, on=TODAY)])


async def test_an_example_that_does_not_hold_is_named() -> None:
    wrong = PACK.replace("expect: passes, given: {note.amount: 1000}", "expect: fires, given: {note.amount: 1000}")
    with pytest.raises(PackRefused, match=r"TOY-LIMIT: example 2 at write: expected fires, got passes"):
        async with trial_of(wrong, name="toy"):
            pass

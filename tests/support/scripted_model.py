"""A model that says what a test wants, and keeps what it was told; and gates that stand open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from graphs.agents.decision_class import LOOKUPS
from graphs.agents.gate import Gate
from graphs.agents.spending import BLIND_BPS, ModelTerms
from graphs.runtime.asking import is_drawn
from tests.support.asked_model import AskedModel, FixedGates, question_of, reply_to
from tools.llm.errors import ModelUnavailable
from tools.llm.question import AskArguments, Sample, Usage

Said = Mapping[str, Any] | Exception
Script = Mapping[str, Said | Callable[[AskArguments], Said]]
"""By question: the answer without its reason and evidence, or the error that comes instead."""


def proof(asked: AskArguments) -> list[dict[str, str]]:
    """A quote that stands where it says: the beginning of the first passage, or of the fields."""
    for passage in asked.passages:
        if passage.text.strip():
            return [{"source": passage.label, "text": passage.text.strip()[:40]}]
    return [{"source": "fields", "text": next(iter(asked.fields))}]


@dataclass(kw_only=True)
class ScriptedModel(AskedModel):
    """Without a model: a question that is not in the script has no endpoint."""

    script: Script = field(default_factory=dict)
    heard: list[AskArguments] = field(default_factory=list)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        asked = question_of(arguments)
        self.heard.append(asked)
        if asked.question.endswith(LOOKUPS) and asked.question not in self.script:
            return self._wanting(asked)
        said = self.script.get(asked.question, ModelUnavailable("no endpoint is configured"))
        said = said(asked) if callable(said) else said
        if isinstance(said, Exception):
            raise said
        own = {} if asked.question.endswith(LOOKUPS) else {"reason": "it says so", "evidence": proof(asked)}
        answer = {**own, **said}
        samples = [Sample(answer=answer) for _ in range(asked.samples)]
        return reply_to(asked, samples, Usage(calls=asked.samples, tokens_in=100, tokens_out=10))

    def _wanting(self, asked: AskArguments) -> dict[str, Any]:
        """Nothing is looked up unless the script says what; where the question itself fails, this one does."""
        said = self.script.get(asked.question.removesuffix(LOOKUPS))
        if said is None or isinstance(said, Exception):
            raise said or ModelUnavailable("no endpoint is configured")
        return reply_to(asked, [Sample(answer={"lookups": []})], Usage(calls=1, tokens_in=20, tokens_out=2))


ASKING = ("judge_duplicate", "pair_lines", "propose_account", "triage", "read_intent", "assess_request")
"""The agent steps of Procure-to-Pay, of suppliers' mails and of bank changes."""


WHOLE = Gate(
    open=True, why="open for the test", threshold_bps=9_000, calibration="test", points=((0, 0), (10_000, 10_000))
)
"""Each answer is as sure as its samples agree."""


def key_that(case_id: str, steps: Iterable[str], *, draws: bool) -> bytes:
    """A key by which the first three visits of these steps of the case are all drawn for blind review, or none."""
    subjects = [f"{case_id}/{step}/{visit}" for step in steps for visit in ((1,) if draws else (1, 2, 3, 4))]
    keys = (number.to_bytes(4, "big") for number in range(100_000))
    return next(
        key for key in keys if all(is_drawn(key, subject, share_bps=BLIND_BPS) is draws for subject in subjects)
    )


def undrawn_key(case_id: str) -> bytes:
    """A key by which nothing of the case is drawn."""
    return key_that(case_id, ASKING, draws=False)


def open_terms(*, key: bytes) -> ModelTerms:
    """Terms under which a sure answer counts by itself; `key` decides what is drawn for blind review."""
    return ModelTerms(gates=FixedGates(WHOLE), draw_key=key)

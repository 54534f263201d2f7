"""A model that says what a script wants, behind the real gateway; and gates that stand open."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from evals.agents.wording import MOST_QUOTED, answer_of, true_quote
from evals.injection.text import Script
from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import LOOKED_UP, LOOKUPS
from graphs.agents.evidence import folded
from graphs.agents.gate import Gate, Identity
from graphs.agents.spending import ModelTerms
from graphs.processes import procure_to_pay
from tools.llm.chat import Chat, Completion
from tools.llm.gateway import Gateway
from tools.llm.meter import Meter, estimated_tokens
from tools.llm.question import Origin, Passage
from tools.llm.rendering import harmless
from tools.testing.model_play import DATA

MODEL = "scripted"
ANSWERS: Mapping[str, type[AgentAnswer]] = {
    step.asks.name: step.asks.answer for step in procure_to_pay.definition().agent_steps
}
TO_LOOK_UP: Mapping[str, tuple[str, ...]] = {
    step.asks.name: step.asks.lookups for step in procure_to_pay.definition().agent_steps
}


class UnscriptedQuestion(RuntimeError):
    """The process asked something for which the script of the case has no answer: add it to `honest` of its base."""


class ScriptedChannel:
    """Answers every question as the script says, with a quote that stands in the material; keeps what it was shown."""

    model = MODEL
    origin: Origin = "scripted"

    def __init__(self, script: Script) -> None:
        """Nothing has been asked yet."""
        self._script = script
        self.shown: list[str] = []

    async def answer(self, chat: Chat, meter: Meter, *, digest: str) -> Completion:  # noqa: ARG002 - the channel's
        """The scripted answer. Raises `UnscriptedQuestion`."""
        told = chat.messages[1].content
        self.shown.append(told)
        content = json.dumps(self._answer(chat.name, told))
        sent = sum(estimated_tokens(message.content) for message in chat.messages)
        share = meter.reserve(tokens_in=sent, tokens_out=estimated_tokens(content))
        meter.settle(share, tokens_in=sent, tokens_out=estimated_tokens(content), answered=content)
        return Completion(content=content, capability="json_schema", scripted=True)

    def _answer(self, question: str, told: str) -> dict[str, Any]:
        """The scripted answer; of look-ups, each that there is, once. Raises `UnscriptedQuestion`."""
        name = question.removesuffix(LOOKUPS)
        choice = self._script.choices.get(name)
        if choice is None:
            raise UnscriptedQuestion(f"{question} was asked, and nothing is scripted for it")
        if name != question:
            wanted = () if f"<<<begin {LOOKED_UP}" in told else TO_LOOK_UP[name]
            return {"lookups": [{"tool": tool, "arguments": {}} for tool in wanted]}
        return answer_of(ANSWERS[name], choice, reason="as scripted", evidence=self._quote(told))

    def _quote(self, told: str) -> dict[str, str]:
        """The text that is obeyed, where it was shown; else the first words of the material: both are there."""
        material = {found["label"]: found["text"] for found in DATA.finditer(told)}
        fields = json.loads(material.pop("fields", "{}"))
        words = harmless(self._script.evidence)[:MOST_QUOTED].strip()
        for label, text in material.items():
            if folded(words) and folded(words) in folded(text):
                return {"source": label, "text": words}
        return true_quote(fields, [Passage(label=label, text=text) for label, text in material.items()])


def scripted_gateway(channel: ScriptedChannel) -> Gateway:
    """The gateway as it is shipped, with the channel in the place of an endpoint."""
    return Gateway([channel])


def shown(channel: ScriptedChannel) -> str:
    """Everything that the model was shown."""
    return "\n".join(_each_once(channel.shown))


def _each_once(texts: Iterable[str]) -> Iterable[str]:
    return dict.fromkeys(texts)


class OpenGates:
    """Every gate stands open, and each answer is as sure as its samples agree: nothing but signals stops one."""

    async def of(self, tenant: str, identity: Identity) -> Gate:  # noqa: ARG002 - the port's
        """An open gate."""
        whole = ((0, 0), (10_000, 10_000))
        return Gate(open=True, why="open for the attack", threshold_bps=5_000, calibration="none", points=whole)


OPEN = ModelTerms(gates=OpenGates(), blind_bps=0)
"""Terms under which an agent's answer counts by itself, and none is drawn for a person."""

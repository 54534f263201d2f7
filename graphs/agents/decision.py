"""A decision: what came of asking an agent, as it is recorded and as rules are told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from graphs.agents.answer import AgentAnswer
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.evidence import verified
from graphs.agents.gate import Gate
from graphs.agents.signals import injection_signals
from policies.fact import FULL_BPS
from tools.llm.question import Reply, Usage

NO_MAJORITY = "no_majority"
UNPROVEN = "evidence_missing"

Status = Literal["answered", "not_asked", "unavailable", "failed", "withheld"]
Bps = Annotated[int, Field(ge=0, le=FULL_BPS)]


class Decision(BaseModel):
    """What an agent step leaves. Basis points and millionths are whole numbers: nothing here is a float.

    `autonomous`: the answer may count without a person. `blind`: it might, and was drawn so that a person decides
    without seeing it. `gate` says why it may or may not. `why` says why there is no answer.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    decision_class: Annotated[str, Field(alias="class")]
    class_version: int
    status: Status
    why: str = ""
    choice: str | None = None
    answer: Mapping[str, JsonValue] | None = None
    agreement_bps: Bps = 0
    raw_bps: Bps = 0
    confidence_bps: Bps | None = None
    autonomous: bool = False
    gate: str = ""
    blind: bool = False
    signals: tuple[str, ...] = ()
    model: str | None = None
    prompt: str
    prompt_digest: str
    capability: str | None = None
    origin: str | None = None
    calibration: str | None = None
    usage: Usage = Usage()

    def recorded(self) -> dict[str, Any]:
        """As it stands in the case's data and in the trail."""
        return self.model_dump(mode="json", by_alias=True)


def undecided(asks: DecisionClass, status: Status, why: str, usage: Usage | None = None) -> Decision:
    """A decision without an answer: a person decides."""
    return Decision(
        decision_class=asks.name,
        class_version=asks.version,
        status=status,
        why=why,
        prompt=asks.prompt.reference,
        prompt_digest=asks.prompt.digest,
        usage=usage or Usage(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """The answer that most samples gave, and how much speaks for it."""

    answer: AgentAnswer
    agreement_bps: int
    raw_bps: int
    signals: tuple[str, ...]


def weighed(asks: DecisionClass, asked: Asked, reply: Reply) -> Weighed:
    """What most samples say, over all that were asked for: a sample without an answer agrees with nobody.

    The raw confidence is the agreement, times the share of quotes that stand where they should, times the likelihood
    of the answer's words where it is served; halved for each signal. It is no probability before it is calibrated.
    """
    answers = [asks.answer.model_validate(dict(sample.answer)) for sample in reply.samples if sample.answer is not None]
    ranked = Counter(answer.choice for answer in answers).most_common(2)
    chosen = next(answer for answer in answers if answer.choice == ranked[0][0])
    agreement = ranked[0][1] * FULL_BPS // len(reply.samples)
    found, given = verified(chosen, asked)
    signals = [*injection_signals(asked), *(f"contradiction:{name}" for name in asks.contradictions(chosen, asked))]
    if found < given:
        signals.append(UNPROVEN)
    if len(ranked) > 1 and ranked[0][1] == ranked[1][1]:
        signals.append(NO_MAJORITY)
    raw = agreement * found // given * _likelihood(reply, chosen, asks) // FULL_BPS
    return Weighed(
        answer=chosen, agreement_bps=agreement, raw_bps=raw >> len(signals), signals=tuple(sorted(set(signals)))
    )


def _likelihood(reply: Reply, chosen: AgentAnswer, asks: DecisionClass) -> int:
    """The least likelihood that a sample with this choice was given; full where none is served."""
    served = [
        sample.likelihood_bps
        for sample in reply.samples
        if sample.likelihood_bps is not None
        and sample.answer is not None
        and asks.answer.model_validate(dict(sample.answer)).choice == chosen.choice
    ]
    return min(served, default=FULL_BPS)


def decided(asks: DecisionClass, found: Weighed, reply: Reply, gate: Gate, *, drawn: bool, used: Usage) -> Decision:
    """The decision. It counts by itself only with an open gate, enough confidence and no signal, unless drawn."""
    confidence = gate.calibrated(found.raw_bps)
    automatic = asks.alone and gate.admits(confidence) and not found.signals
    return Decision(
        decision_class=asks.name,
        class_version=asks.version,
        status="answered",
        choice=found.answer.choice,
        answer=found.answer.model_dump(mode="json"),
        agreement_bps=found.agreement_bps,
        raw_bps=found.raw_bps,
        confidence_bps=confidence,
        autonomous=automatic and not drawn,
        gate=_gate_text(asks, gate, confidence, found.signals),
        blind=automatic and drawn,
        signals=found.signals,
        model=reply.model,
        prompt=reply.prompt,
        prompt_digest=reply.prompt_digest,
        capability=reply.capability,
        origin=reply.origin,
        calibration=gate.calibration,
        usage=used,
    )


def _gate_text(asks: DecisionClass, gate: Gate, confidence: int | None, signals: tuple[str, ...]) -> str:
    if not asks.alone:
        return f"{asks.title}: a person always decides"
    if signals:
        return f"stopped by {', '.join(signals)}"
    if gate.open and not gate.admits(confidence):
        return f"{confidence} of 10,000 is below the threshold of {gate.threshold_bps}"
    return gate.why

"""Random processes that keep every rule: blocks one after the other, with jumps to the heads of any of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from hypothesis import strategies as st

from graphs.process import ProcessDefinition
from graphs.steps import (
    ActionDraft,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    ProposeStep,
    ReadStep,
    ReviewStep,
    TimerStep,
    WaitStep,
)
from tests.support.toy import check_input, look_up

BLOCKS = ("read", "decide", "ask", "act", "act_unasked", "pause", "wait", "wait_late")
READY = ("read", "decide", "ask", "act", "act_unasked")
"""Blocks that a case may begin with."""

Jump = Callable[[], str]


@dataclass(frozen=True, kw_only=True)
class Block:
    """The `number`th part of the process; `then` is the head of the next."""

    kind: str
    number: int
    then: str

    @property
    def head(self) -> str:
        return f"{self.kind}_{self.number}"

    def steps(self, jump: Jump) -> tuple[AnyStep, ...]:
        match self.kind:
            case "read":
                return (ReadStep(name=self.head, stage="s", tools=("toy.read",), run=look_up, next=self.then),)
            case "decide":
                return (self.decision(review=jump(), deny=jump()),)
            case "ask":
                return (self.decision(review="review", deny=jump()), self.review(jump))
            case "act":
                return (self.proposal(review="review", deny=jump()), self.review(jump), self.effect())
            case "act_unasked":
                return (self.proposal(review=jump(), deny=jump()), self.effect())
            case "pause":
                return (TimerStep(name=self.head, stage="s", due=lambda case, now: now, next=self.then),)
            case _:
                return (self.wait(late=jump() if self.kind == "wait_late" else None),)

    def decision(self, *, review: str, deny: str) -> AnyStep:
        asked = f"review_{self.number}" if review == "review" else review
        return DecisionStep(
            name=self.head, stage="s", point="p", facts=lambda case: {}, allow=self.then, review=asked, deny=deny
        )

    def proposal(self, *, review: str, deny: str) -> AnyStep:
        return ProposeStep(
            name=self.head,
            stage="s",
            point="p",
            draft=lambda case: ActionDraft(tool="toy.write", arguments={}),
            facts=lambda case: {},
            allow=f"effect_{self.number}",
            review=f"review_{self.number}" if review == "review" else review,
            deny=deny,
        )

    def review(self, jump: Jump) -> AnyStep:
        return ReviewStep(
            name=f"review_{self.number}",
            stage="s",
            of=self.head,
            role="clerk",
            title=lambda case: "?",
            correct_to=jump(),
            reject_to=jump(),
            answer_within=timedelta(days=1),
        )

    def effect(self) -> AnyStep:
        return EffectStep(name=f"effect_{self.number}", stage="s", of=self.head, next=self.then)

    def wait(self, *, late: str | None) -> AnyStep:
        within = timedelta(days=1) if late else None
        return WaitStep(
            name=self.head,
            stage="s",
            message="paid",
            correlation=lambda case: "",
            next=self.then,
            within=within,
            late=late,
        )


@st.composite
def random_processes(draw: st.DrawFn, *, first: str | None = None) -> ProcessDefinition:
    """A process of one to six blocks; it begins with a block of the kind `first`, if that is named."""
    kinds = [first or draw(st.sampled_from(READY)), *draw(st.lists(st.sampled_from(BLOCKS), max_size=5))]
    heads = [f"{kind}_{number}" for number, kind in enumerate(kinds)]
    jumps = st.sampled_from([*heads, "rejected", "done"])
    steps: list[AnyStep] = []
    for number, (kind, then) in enumerate(zip(kinds, [*heads[1:], "done"], strict=True)):
        steps += Block(kind=kind, number=number, then=then).steps(lambda: draw(jumps))
    return ProcessDefinition(
        name="random",
        version=1,
        title="Random",
        pack="toy",
        start=heads[0],
        check_input=check_input,
        case_title=lambda body: "random",
        steps=(*steps, *ends(steps)),
    )


def ends(steps: list[AnyStep]) -> tuple[AnyStep, ...]:
    """The ends that some step goes to."""
    done = EndStep(name="done", stage="end", ends="done", outcome=lambda case: "")
    rejected = EndStep(name="rejected", stage="end", ends="rejected", outcome=lambda case: "")
    return (done, rejected) if any("rejected" in step.destinations for step in steps) else (done,)

"""An agent moves money only up to its own limit, and only while an active person answers for it."""

from __future__ import annotations

import pytest

from policies.sponsor import AgentStanding

ABLE = AgentStanding(agent="bot", sponsor="ann", sponsored=True, limits={"EUR": 500})


@pytest.mark.parametrize(("amount", "allowed"), [(0, True), (499, True), (500, True), (501, False), (-501, False)])
def test_an_agent_moves_up_to_its_own_limit(amount: int, allowed: bool) -> None:
    assert (ABLE.refusal(amount_minor=amount, currency="EUR") is None) is allowed


@pytest.mark.parametrize(
    ("standing", "why"),
    [
        (AgentStanding(agent="bot", limits={"EUR": 500}), "no sponsor"),
        (AgentStanding(agent="bot", sponsor="ann", limits={"EUR": 500}), "no active person"),
        (AgentStanding(agent="bot", sponsor="ann", sponsored=True), "no limit in EUR"),
        (AgentStanding(agent="bot", sponsor="ann", sponsored=True, limits={"USD": 9}), "no limit in EUR"),
    ],
)
def test_without_a_sponsor_or_a_limit_an_agent_moves_nothing(standing: AgentStanding, why: str) -> None:
    assert why in str(standing.refusal(amount_minor=0, currency="EUR"))


def test_what_an_agent_does_counts_for_its_sponsor_also_after_they_have_left() -> None:
    left = AgentStanding(agent="bot", sponsor="ann", sponsored=False)
    assert left.people == {"bot", "ann"}
    assert AgentStanding(agent="bot").people == {"bot"}

"""What a wait step writes and makes of its answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graphs.errors import Invalid
from graphs.messages import run_wait, subscription_of, timer_of_wait
from graphs.state import CaseView
from tests.support.waiting import WITHIN, wait_step

NOW = datetime(2026, 3, 1, tzinfo=UTC)
VIEW = CaseView(case_id="c-1", tenant="acme", requester="acme-clara", input={"subject": "INV-1"}, data={})
ANSWER = {"message": "row-1", "message_id": "m-1", "payload": {"amount": 7}}


def test_a_visit_waits_for_its_message_under_the_key_of_its_case() -> None:
    waiting = subscription_of(wait_step(), VIEW, visit=2, now=NOW)
    assert (waiting.case_id, waiting.step, waiting.visit) == ("c-1", "await_payment", 2)
    assert (waiting.message, waiting.correlation_key, waiting.status) == ("payment.received", "INV-1", "waiting")


def test_a_visit_has_the_same_rows_wherever_they_are_computed() -> None:
    first, again = (subscription_of(wait_step(), VIEW, visit=1, now=NOW) for _ in range(2))
    timers = [timer_of_wait(wait_step(), VIEW, visit=1, now=NOW) for _ in range(2)]
    assert first.id == again.id != subscription_of(wait_step(), VIEW, visit=2, now=NOW).id
    assert [timer.id for timer in timers if timer] == [timers[0].id if timers[0] else ""] * 2


def test_a_wait_with_a_time_limit_has_a_timer() -> None:
    timer = timer_of_wait(wait_step(), VIEW, visit=1, now=NOW)
    assert timer is not None
    assert (timer.due_at, timer.subject, timer.subject_id) == (NOW + WITHIN, "wait", "c-1/await_payment")
    assert timer_of_wait(wait_step(within=None), VIEW, visit=1, now=NOW) is None


def test_a_message_becomes_data_and_leads_on() -> None:
    outcome = run_wait(wait_step(), VIEW, ANSWER)
    assert outcome.route == "done"
    assert outcome.data["payment"] == {"amount": 7}
    assert outcome.data["messages"] == {"await_payment": {"id": "row-1", "message_id": "m-1"}}


def test_what_did_not_come_leads_to_where_late_cases_go() -> None:
    assert run_wait(wait_step(within=timedelta(days=1)), VIEW, {"late": True}).route == "rejected"
    with pytest.raises(Invalid, match="cannot be late"):
        run_wait(wait_step(within=None), VIEW, {"late": True})

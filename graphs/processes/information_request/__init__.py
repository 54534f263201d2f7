"""`information_request@1`: one question to somebody outside, judged and sent by mail, and the wait for its answer.

The case knows its request by looking: a message only makes it look again. So nobody who may send messages can make it
believe in an answer, and it ends the same way whatever came first. What the answer says is no business of this case.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.errors import Invalid
from graphs.information.tag import mark_of
from graphs.information.terms import ASKS, LOOKED_AFTER, MAIL_TOOL, MOVED, REMINDS, STOPPED
from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import (
    ActionDraft,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    ProposeStep,
    Reader,
    ReadStep,
    WaitStep,
)
from policies.fact import FactValue
from tools.errors import Permanent

STAGE = "asking"
READ = "information.read"
JUDGED = "judge_request"
SENT, REMINDED = "send_request", "send_reminder"
TEXTS = ("task", "case", "address", "source", "subject", "text", "reminder_subject", "reminder_text")
REFUSABLE = (ASKS, REMINDS)

Data = Mapping[str, Any]


class RequestNotSent(Permanent):
    """The question does not reach whom it is put to: see the code, put right what it names, and retry."""

    code = "request_not_sent"


def check_input(body: Data) -> None:
    """Raises `Invalid`: these cases are started by asking from a task."""
    wrong = [name for name in TEXTS if not isinstance(body.get(name), str) or not body[name]]
    if wrong:
        raise Invalid(f"information_request is started by asking from a task, with {', '.join(TEXTS)}")


def title(body: Data) -> str:
    """How a case is called."""
    return f"Question by mail: {body['subject']}"[:120]


async def read_request(case: CaseView, reader: Reader) -> Data:
    """How the request stands now, and whether its mail may go."""
    return {"request": await reader.read(READ, {"request": case.case_id})}


def known(case: CaseView) -> Data:
    """What was read last."""
    return case.section("request")


def ask_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Is it still asked, and may it be?"""
    found = known(case)
    return {"request.open": found["open"], "recipient.on_file": found["on_file"], "mail.connected": found["connected"]}


def draft(case: CaseView) -> ActionDraft:
    """The mail, with the mark of its reply tag."""
    mail = {
        "to": [case.input["address"]],
        "subject": f"{case.input['subject']} {mark_of(case.case_id)}",
        "text": case.input["text"],
    }
    return ActionDraft(tool=MAIL_TOOL, arguments=mail)


def draft_reminder(case: CaseView) -> ActionDraft:
    """The mail that reminds of it, in the same conversation."""
    first = case.section("results").get(SENT, {}).get("message_id", "")
    mail = {
        "to": [case.input["address"]],
        "subject": f"{case.input['reminder_subject']} {mark_of(case.case_id)}",
        "text": case.input["reminder_text"],
        "in_reply_to": first,
    }
    return ActionDraft(tool=MAIL_TOOL, arguments=mail)


def send_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Does it go to whom it was put to, while that may be asked, and to nobody else?"""
    found = known(case)
    to = draft(case).arguments["to"]
    return {
        "request.open": found["open"],
        "recipient.on_file": found["on_file"],
        "mail.destination_as_asked": found["as_asked"] and to == [case.input["address"]],
    }


def moved_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Is it over, is a reminder due, or is there more to wait for?"""
    reminded = REMINDED in case.section("results")
    return {"request.open": known(case)["open"], "reminder.due": known(case)["remind"] and not reminded}


async def report(case: CaseView, reader: Reader) -> Data:
    """Stop the case with an incident; on, once a person has retried that. Raises `RequestNotSent`.

    Each incident lets it on once: what was refused is then tried again, if the request is still open.
    """
    found = await reader.read(READ, {"request": case.case_id})
    if found["open"] and found["incidents"] <= int(case.section("reported").get("incidents", 0)):
        code, message = _failure(case)
        raise RequestNotSent(message, code=code)
    refusals: dict[str, None] = dict.fromkeys(REFUSABLE)
    return {"reported": {"incidents": found["incidents"]}, "refusals": refusals}


def _failure(case: CaseView) -> tuple[str, str]:
    """The code and the words for what stands in the way."""
    refusals, judged = case.section("refusals"), case.section("judgements")
    for step in REFUSABLE:
        if refusals.get(step):
            return refusals[step]["code"], refusals[step]["message"]
    exceptions = [name for step in (JUDGED, *REFUSABLE) for name in judged.get(step, {}).get("exceptions", ())]
    found = exceptions[0] if exceptions else RequestNotSent.code
    return found, f"the question was not sent: {found.replace('_', ' ')}"


def over(case: CaseView) -> str:
    """How it ended."""
    status = str(known(case)["status"])
    said = {
        "answered": "answered",
        "withdrawn": "withdrawn",
        "expired": "no answer in time",
        "closed": "not needed any more: the task has its answer",
    }
    return said.get(status, status) if SENT in case.section("results") else f"not sent: {said.get(status, status)}"


def steps() -> tuple[AnyStep, ...]:
    """Read, judge, propose, send; wait and look again; remind once; report what could not be sent."""
    return (
        ReadStep(name="read_request", stage=STAGE, tools=(READ,), run=read_request, next=JUDGED),
        DecisionStep(
            name=JUDGED, stage=STAGE, point="request", facts=ask_facts, allow=ASKS, review="report", deny="over"
        ),
        ProposeStep(
            name=ASKS,
            stage=STAGE,
            point="send",
            draft=draft,
            facts=send_facts,
            allow=SENT,
            review="report",
            deny="report",
        ),
        EffectStep(name=SENT, stage=STAGE, of=ASKS, next="wait_for_answer"),
        ReadStep(name="report", stage=STAGE, tools=(READ,), run=report, next="read_request"),
        WaitStep(
            name="wait_for_answer",
            stage=STAGE,
            message=MOVED,
            correlation=case_id,
            next="look_again",
            within=LOOKED_AFTER,
            late="look_again",
        ),
        ReadStep(name="look_again", stage=STAGE, tools=(READ,), run=read_request, next="judge_move"),
        DecisionStep(
            name="judge_move",
            stage=STAGE,
            point="moved",
            facts=moved_facts,
            allow="over",
            review=REMINDS,
            deny="wait_for_answer",
        ),
        ProposeStep(
            name=REMINDS,
            stage=STAGE,
            point="send",
            draft=draft_reminder,
            facts=send_facts,
            allow=REMINDED,
            review="report_reminder",
            deny="report_reminder",
        ),
        EffectStep(name=REMINDED, stage=STAGE, of=REMINDS, next="wait_for_answer"),
        ReadStep(name="report_reminder", stage=STAGE, tools=(READ,), run=report, next="look_again"),
        EndStep(name="over", stage=STAGE, ends="done", outcome=over),
    )


def case_id(case: CaseView) -> str:
    """A request has the id of its case."""
    return case.case_id


def definition() -> ProcessDefinition:
    """`information_request@1`."""
    return ProcessDefinition(
        name="information_request",
        version=1,
        title="Question to somebody outside",
        pack="information_request",
        start="read_request",
        steps=steps(),
        stopped=STOPPED,
        check_input=check_input,
        case_title=title,
    )

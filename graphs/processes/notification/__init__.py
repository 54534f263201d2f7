"""`notification@1`: one message to one person, judged and sent through the ledger like every other effect.

What does not reach its person is an incident; retrying that looks again at who and where the person is, and whether the
message need be sent at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.errors import Invalid
from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import ActionDraft, AnyStep, DecisionStep, EffectStep, EndStep, ProposeStep, Reader, ReadStep
from policies.fact import FactValue
from tools.errors import Permanent
from tools.notify.template import NOTICE

STAGE = "delivery"
MAIL = "mail"
READ = "notice.read"
PROPOSAL = "propose_message"
TEXTS = ("recipient", "channel", "kind", "title", "text")


class DeliveryFailed(Permanent):
    """The message does not reach its person: see the code, put right what it names, and retry."""

    code = "delivery_failed"


def check_input(body: Mapping[str, Any]) -> None:
    """Raises `Invalid`: the dispatcher starts these cases, with notices that it has taken."""
    wrong = [name for name in TEXTS if not isinstance(body.get(name), str) or not body[name]]
    if wrong or type(body.get("count")) is not int or not isinstance(body.get("urgent"), bool):
        raise Invalid(f"notification is started by the dispatcher, with {', '.join(TEXTS)}, count and urgent")


def title(body: Mapping[str, Any]) -> str:
    """How a case is called."""
    return f"Notice: {body['title']}"[:120]


async def read_delivery(case: CaseView, reader: Reader) -> Mapping[str, Any]:
    """Who and where the person is now, and what is still true of what they are to be told."""
    return {"delivery": await reader.read(READ, {"delivery": case.case_id})}


def delivery(case: CaseView) -> Mapping[str, Any]:
    """What was read last."""
    return case.section("delivery")


def by_mail(case: CaseView) -> bool:
    """Whether the message goes to the person's own address."""
    return bool(case.input["channel"] == MAIL)


def tell_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Need it be told, and can it be?"""
    known = delivery(case)
    return {
        "notice.still_true": int(known["still_true"]),
        "recipient.active": bool(known["active"]),
        "recipient.reachable": bool(known["address"]) or not by_mail(case),
        "channel.connected": case.input["channel"] in known["channels"],
    }


def draft(case: CaseView) -> ActionDraft:
    """The mail to the address on file, or the note on the channel."""
    if by_mail(case):
        mail = {"to": [delivery(case)["address"]], "subject": case.input["title"], "text": case.input["text"]}
        return ActionDraft(tool="mail.send", arguments=mail, business_key="message")
    note = {
        "template": NOTICE,
        "channels": [case.input["channel"]],
        "fields": {"title": case.input["title"], "text": case.input["text"][:4_900]},
        "urgency": "warning" if case.input["urgent"] else "info",
    }
    return ActionDraft(tool="notify.send", arguments=note, business_key="message")


def send_facts(case: CaseView) -> Mapping[str, FactValue]:
    """Does it go where the directory says, and nowhere else?"""
    arguments, known = draft(case).arguments, delivery(case)
    on_file = (
        arguments["to"] == [known["address"]] if by_mail(case) else set(arguments["channels"]) <= set(known["channels"])
    )
    return {"message.destination_on_file": on_file}


async def report(case: CaseView, reader: Reader) -> Mapping[str, Any]:
    """Stop the case with an incident; on, once a person has retried that. Raises `DeliveryFailed`.

    Each incident lets it on once: what was refused is then tried again, with what the directory says by then.
    """
    known = await reader.read(READ, {"delivery": case.case_id})
    if known["incidents"] <= int(case.section("reported").get("incidents", 0)):
        code, message = _failure(case)
        raise DeliveryFailed(message, code=code)
    return {"reported": {"incidents": known["incidents"]}, "refusals": {PROPOSAL: None}}


def _failure(case: CaseView) -> tuple[str, str]:
    """The code and the words for what stands in the way."""
    refusal = case.section("refusals").get(PROPOSAL)
    if refusal:
        return refusal["code"], refusal["message"]
    judged = case.section("judgements")
    exceptions = [name for step in ("judge_delivery", PROPOSAL) for name in judged.get(step, {}).get("exceptions", ())]
    found = exceptions[0] if exceptions else DeliveryFailed.code
    return found, f"the message was not sent: {found.replace('_', ' ')}"


def sent(case: CaseView) -> str:
    """How it went."""
    return f"sent by {case.input['channel']}"


def left_out(case: CaseView) -> str:
    """Why nothing was sent."""
    exceptions = case.section("judgements").get("judge_delivery", {}).get("exceptions", ())
    return f"not sent: {', '.join(exceptions) or 'the rules deny it'}"


def steps() -> tuple[AnyStep, ...]:
    """Read, judge, propose, send; report what could not be sent."""
    return (
        ReadStep(name="read_delivery", stage=STAGE, tools=(READ,), run=read_delivery, next="judge_delivery"),
        DecisionStep(
            name="judge_delivery",
            stage=STAGE,
            point="tell",
            facts=tell_facts,
            allow=PROPOSAL,
            review="report",
            deny="left_out",
        ),
        ProposeStep(
            name=PROPOSAL,
            stage=STAGE,
            point="send",
            draft=draft,
            facts=send_facts,
            allow="deliver",
            review="report",
            deny="report",
        ),
        EffectStep(name="deliver", stage=STAGE, of=PROPOSAL, next="sent"),
        ReadStep(name="report", stage=STAGE, tools=(READ,), run=report, next="read_delivery"),
        EndStep(name="sent", stage=STAGE, ends="done", outcome=sent),
        EndStep(name="left_out", stage=STAGE, ends="done", outcome=left_out),
    )


def definition() -> ProcessDefinition:
    """`notification@1`."""
    return ProcessDefinition(
        name="notification",
        version=1,
        title="Notification",
        pack="notification",
        start="read_delivery",
        steps=steps(),
        check_input=check_input,
        case_title=title,
    )

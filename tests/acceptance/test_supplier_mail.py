"""Suppliers' mails and changes of bank details: who decides, what is started, and what is never done here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from api.inlets import InletDesk, Source
from graphs.case_start import CaseStarter, StartCases
from graphs.errors import DutiesConflict, Invalid
from graphs.intake import Incoming, Intake
from graphs.processes import bank_change, incident_resolution, procure_to_pay, supplier_mail
from graphs.runtime.services import Services
from graphs.store.inlet_turns import InletTurns
from graphs.store.tables import Case
from graphs.tasks import Answer
from policies.packaged import rule_book
from tests.support.accounts_payable import AccountsPayable
from tests.support.mails import PDF, mail
from tests.support.people import actor
from tests.support.scripted_model import ScriptedModel
from tools.catalog import Catalog
from tools.llm import errors
from tools.mail.arrival import Reading
from tools.mail.inlet import MailInlet
from tools.mail.limits import DEFAULT_LIMITS
from tools.mail.position import Position
from tools.testing.mail import MemoryMailbox

VENDOR, GERMAN, LITHUANIAN = "DE284519377", "DE02120300000000202051", "LT121000011101001000"
APPROVE = Answer(decision="approve", reason="looked into", evidence={"callback_verification": "number on file"})
PASSED = {"sender_verified": {"value": "pass"}}
FAULTS = (errors.ModelTimedOut, errors.ModelRefused, errors.ModelAnswerInvalid, errors.ModelUnavailable)


@dataclass(slots=True, kw_only=True)
class MailRoom(AccountsPayable):
    """Accounts payable with the processes for mails, and the tool that starts cases."""

    @property
    def services(self) -> Services:
        own = AccountsPayable.services.fget(self)  # type: ignore[attr-defined]  # the property of the class it extends
        starter = CaseStarter(services=lambda: self.services, actor=lambda: actor(self.database, "intake"))
        catalog = Catalog([*own.catalogs("acme"), StartCases(starter)])
        books = {
            name: rule_book(name) for name in ("procure_to_pay", "supplier_mail", "bank_change", "incident_resolution")
        }
        return replace(own, catalogs=lambda tenant: catalog, rulebooks=books)

    async def write(self, process: str = "supplier_mail", content: bytes = b"a mail", **extra: Any) -> Case:
        """The case of a mail."""
        mail = Incoming(
            name="mail.eml",
            media_type="message/rfc822",
            content=content,
            channel="mail",
            sender="billing@nordlicht.example",
        )
        who = await actor(self.database, "intake")
        accepted = await Intake(services=self.services).document(who, process, mail, extra=extra)
        return await self.advance(accepted.case.id)

    async def delivered(self, *contents: bytes, folder: Path) -> None:
        """Mails to the mailbox for invoices, taken by one look of its inlet."""
        box, turns = MemoryMailbox(), InletTurns(self.url, role=None)
        for content in contents:
            box.deliver(content)
        reading = Reading(
            process="procure_to_pay",
            limits=DEFAULT_LIMITS,
            authserv_id="mx.buyer.example",
            domain=None,
            without_document="case",
            letters="supplier_mail",
        )
        inlet = MailInlet(
            name="mail",
            mailbox=box,
            reading=reading,
            position=Position.read(folder / "position.json"),
            interval=timedelta(seconds=1),
            batch_bytes=10**7,
        )
        try:
            await InletDesk(services=self.services, turns=turns).look(Source(inlet=inlet, tenant="acme"))
        finally:
            await turns.close()

    async def cases(self, process: str) -> list[Case]:
        async with self.database.unit_of_work("acme") as unit:
            found = (await unit.session.execute(select(Case).where(col(Case.process) == process))).scalars()
            return list(found)


@pytest.fixture
def room(payable: AccountsPayable) -> MailRoom:
    definitions = [
        *procure_to_pay.released(),
        supplier_mail.definition(),
        bank_change.definition(),
        incident_resolution.definition(),
    ]
    return MailRoom(database=payable.database, url=payable.url, definitions=definitions)


def reading(room: MailRoom, **script: Mapping[str, Any] | Exception) -> MailRoom:
    room.model, room.gates_open = ScriptedModel(script=script), True
    return room


@pytest.mark.parametrize(
    ("intent", "step"),
    [("dunning", "handle_accounts"), ("other", "handle_accounts"), ("price_change", "handle_purchasing")],
)
async def test_a_mail_whose_intent_is_sure_is_a_task_of_whoever_looks_after_it(
    room: MailRoom, intent: str, step: str
) -> None:
    case = await reading(room, supplier_mail={"intent": intent}).write(subject="Hello", body="About invoice 17")
    task = await room.task(case)
    assert (task.step, task.evidence["intent"]) == (step, intent)
    case = await room.answer(case, "dora" if step == "handle_purchasing" else "clara", APPROVE)
    assert (case.status, case.outcome) == ("done", f"{intent}: looked after")


async def test_a_mail_without_a_text_or_a_model_is_read_by_a_clerk(room: MailRoom) -> None:
    case = await reading(room, supplier_mail={"intent": "dunning"}).write(subject="Hello")
    task = await room.task(case)
    assert (task.step, task.form["choices"]) == ("resolve_intent", ["correct", "reject"])
    case = await room.answer(case, "clara", Answer(decision="correct", set={"intent": "pay it"}))
    assert (await room.task(case)).step == "resolve_intent"
    case = await room.answer(case, "clara", Answer(decision="correct", set={"intent": "dunning"}))
    assert (await room.task(case)).step == "handle_accounts"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda kind: kind.code)
async def test_after_a_fault_of_the_model_a_clerk_is_told_why(room: MailRoom, fault: type[errors.ModelFailed]) -> None:
    case = await reading(room, supplier_mail=fault("it did not work")).write(subject="Hello", body="About invoice 17")
    task = await room.task(case)
    assert task.step == "resolve_intent"
    assert "it did not work" in task.evidence["advice"]["why"]


async def test_an_invoice_that_came_along_becomes_a_case_that_knows_who_vouched_for_the_mail(room: MailRoom) -> None:
    reading(room, supplier_mail={"intent": "invoice"})
    async with room.database.unit_of_work("acme") as unit:
        sha256 = await unit.originals.keep(
            "acme", name="i.xml", media_type="application/xml", content=b"<a/>", now=room.clock()
        )
    attached = [{"name": "i.xml", "sha256": sha256}]
    case = await room.write(body="Please find attached", attachments=attached, verification=PASSED)
    assert case.status == "done"
    [started] = await room.cases("procure_to_pay")
    assert started.input["document"] == sha256
    assert started.input["mail"]["verification"] == PASSED


async def test_an_invoice_from_a_sender_nobody_vouches_for_is_started_by_a_person(room: MailRoom) -> None:
    attached = [{"name": "i.xml", "sha256": "0" * 64}]
    case = await reading(room, supplier_mail={"intent": "invoice"}).write(body="Attached", attachments=attached)
    assert (await room.task(case)).step == "approve_cases"
    assert await room.cases("procure_to_pay") == []


async def test_a_mail_that_names_an_account_is_never_read_as_something_else_without_a_person(room: MailRoom) -> None:
    case = await reading(room, supplier_mail={"intent": "other"}).write(body=f"From now on pay to {GERMAN} please")
    task = await room.task(case)
    assert task.step == "resolve_intent"
    assert task.evidence["advice"]["signals"] == ["contradiction:names_account"]


async def test_a_bank_change_goes_to_its_own_case_and_nowhere_else(room: MailRoom) -> None:
    reading(room, supplier_mail={"intent": "bank_change"}, bank_change_assessment={"assessment": "plausible"})
    case = await room.write(body=f"From now on pay to {GERMAN} please", sender_name="Nordlicht")
    assert case.status == "done"
    [started] = await room.cases("bank_change")
    assert GERMAN in started.input["mail"]["text"]
    started = await room.advance(started.id)
    assert (await room.task(started)).step == "decide_request"


def request(account: str = GERMAN, **more: Any) -> dict[str, Any]:
    mail = {"subject": "New account", "text": f"Please pay to {account}", "verification": PASSED}
    return {"vendor_vat_id": VENDOR, "mail": mail, **more}


async def test_two_people_who_have_called_back_approve_and_nothing_is_changed(room: MailRoom) -> None:
    before = await room.erp.find_supplier(vat_id=VENDOR)
    reading(room, bank_change_assessment={"assessment": "plausible"})
    case = await room.write("bank_change", **request())
    with pytest.raises(Invalid, match="callback_verification"):
        await room.answer(case, "dora", Answer(decision="approve"))
    case = await room.answer(case, "dora", APPROVE)
    with pytest.raises(DutiesConflict):
        await room.answer(case, "dora", APPROVE)
    case = await room.answer(case, "emil", APPROVE)
    assert case.status == "done"
    assert case.outcome is not None
    assert "hold payments to the account for 5 business days" in case.outcome
    assert await room.erp.find_supplier(vat_id=VENDOR) == before
    assert room.erp.executed("change_bank_account") == []


async def test_however_sure_an_agent_is_a_bank_change_is_never_automatic(room: MailRoom) -> None:
    reading(room, bank_change_assessment={"assessment": "plausible"})
    case = await room.write("bank_change", **request())
    decided = (await room.task(case)).evidence["advice"]
    assert (case.status, decided["autonomous"], decided["blind"]) == ("waiting", False, False)
    assert "a person always decides" in decided["gate"]


async def test_an_account_abroad_cannot_be_approved(room: MailRoom) -> None:
    case = await room.write("bank_change", **request(LITHUANIAN))
    assert (await room.task(case)).form["choices"] == ["correct", "reject"]
    case = await room.answer(case, "dora", Answer(decision="reject", reason="fraud attempt"))
    assert (case.status, case.outcome) == ("rejected", "refused by Dora: fraud attempt")


async def test_without_supplier_or_account_nothing_can_be_approved(room: MailRoom) -> None:
    case = await room.write("bank_change", mail={"subject": "New account", "text": "Call me on 0170 1234567"})
    task = await room.task(case)
    assert {"vendor_unknown", "account_missing"} <= {reason.get("exception") for reason in task.reasons}
    assert task.form["choices"] == ["correct", "reject"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda kind: kind.code)
async def test_after_a_fault_of_the_model_two_people_decide_all_the_same(
    room: MailRoom, fault: type[errors.ModelFailed]
) -> None:
    case = await reading(room, bank_change_assessment=fault("it did not work")).write("bank_change", **request())
    task = await room.task(case)
    assert (task.step, task.evidence["advice"]["why"].endswith("it did not work")) == ("decide_request", True)


async def test_a_prompt_about_a_bank_change_holds_its_fields_and_the_mail_only(room: MailRoom) -> None:
    await reading(room).write("bank_change", **request(requested_account=GERMAN, name="CANARY"))
    assert room.model is not None
    [asked] = room.model.heard
    assert set(asked.fields) <= bank_change.DECISION_CLASSES[0].fields
    supplier = await room.erp.find_supplier(vat_id=VENDOR)
    assert supplier is not None
    for hidden in ("CANARY", VENDOR, *supplier.ibans, *supplier.emails):
        assert hidden not in f"{asked.fields} {asked.passages}"


async def test_a_mail_without_a_document_is_read_by_the_agent_and_one_with_a_document_is_an_invoice(
    room: MailRoom, tmp_path: Path
) -> None:
    reading(room, supplier_mail={"intent": "dunning"})
    letter = mail(
        message_id="<letter@supplier.example>",
        sender='"Nordlicht GmbH" <billing@nordlicht.example>',
        subject="Second reminder",
        text="Invoice 17 is overdue since Monday.",
    )
    await room.delivered(letter, mail(PDF), folder=tmp_path)
    [case] = await room.cases("supplier_mail")
    assert len(await room.cases("procure_to_pay")) == 1
    task = await room.task(await room.advance(case.id))
    assert (task.step, task.evidence["intent"]) == ("handle_accounts", "dunning")
    [asked] = room.model.heard
    assert [passage.text for passage in asked.passages] == ["Invoice 17 is overdue since Monday."]
    assert asked.fields["sender_domain"] == "nordlicht.example"


async def test_the_name_that_a_senders_mail_gives_is_looked_up_and_believed_no_further(
    room: MailRoom, tmp_path: Path
) -> None:
    reading(room, supplier_mail={"intent": "other"})
    letter = mail(sender='"Nordlicht GmbH" <someone@elsewhere.example>', text="Please call me back.")
    await room.delivered(letter, folder=tmp_path)
    [case] = await room.cases("supplier_mail")
    await room.advance(case.id)
    [asked] = room.model.heard
    assert asked.fields["sender_known"] is False

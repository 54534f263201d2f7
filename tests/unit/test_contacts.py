"""Whom the address book of a case names: the system of record, and a sender whose domain has vouched for the mail."""

from __future__ import annotations

from typing import Any

import pytest

from graphs.contacts import ContactsFunction, address_book, no_contacts
from graphs.process import ProcessDefinition
from graphs.processes import bank_change, procure_to_pay, supplier_mail
from graphs.processes.released import process_definitions
from graphs.state import CaseView

ON_FILE, WROTE = "billing@supplier.example", "sales@supplier.example"
SUPPLIER = {"name": "Supplier", "vat_id": "DE1", "emails": [ON_FILE, "Billing <x@y.example>", "not an address"]}


def case(
    *, party: str = "supplier", found: bool = True, said: str | None = "pass", sender: str = WROTE, **more: Any
) -> CaseView:
    """A case of a mail from `sender`, of whom our server has `said` that."""
    verification = {"sender_verified": {"value": said}} if said is not None else {}
    received = {"document": "0" * 64, "channel": "mail", "sender": sender, "mail": {"verification": verification}}
    return CaseView(
        case_id="c",
        tenant="acme",
        requester="intake",
        input={**received, "received_on": "2026-11-01", **more},
        data={"master": {party: SUPPLIER if found else None}},
    )


def named(contacts: ContactsFunction, of: CaseView) -> list[tuple[str, str]]:
    return [(one.address, one.source) for one in address_book(contacts(of))]


def test_an_invoices_supplier_and_its_verified_sender_may_be_asked() -> None:
    contacts = procure_to_pay.definition().contacts
    assert named(contacts, case()) == [(ON_FILE, "system_of_record"), (WROTE, "case_mail")]


def test_a_verified_sender_who_is_not_known_for_the_supplier_is_not_asked() -> None:
    contacts = procure_to_pay.definition().contacts
    assert named(contacts, case(sender="eve@elsewhere.example")) == [(ON_FILE, "system_of_record")]
    unknown = case(found=False, sender="eve@elsewhere.example")
    assert named(contacts, unknown) == [("eve@elsewhere.example", "case_mail")]


@pytest.mark.parametrize("definition", [procure_to_pay.definition(), supplier_mail.definition()])
@pytest.mark.parametrize(
    "more",
    [{"said": "none"}, {"said": "fail"}, {"said": None}, {"channel": "portal"}, {"sender": "a@b.example\nBcc: c@d.e"}],
)
def test_a_sender_whom_nobody_vouches_for_is_in_no_address_book(
    definition: ProcessDefinition, more: dict[str, Any]
) -> None:
    assert named(definition.contacts, case(**more)) == [(ON_FILE, "system_of_record")]


def test_a_change_of_bank_details_is_never_looked_into_with_its_own_contact_data() -> None:
    contacts = bank_change.definition().contacts
    assert named(contacts, case(party="vendor")) == [(ON_FILE, "system_of_record")]
    assert named(contacts, case(party="vendor", found=False)) == []


def test_an_address_stands_once_and_the_system_of_record_goes_first() -> None:
    contacts = supplier_mail.definition().contacts
    assert named(contacts, case(sender=ON_FILE.upper())) == [(ON_FILE, "system_of_record")]


@pytest.mark.parametrize("definition", process_definitions(), ids=lambda one: one.reference)
def test_a_case_that_knows_nothing_yet_has_an_address_book(definition: ProcessDefinition) -> None:
    view = CaseView(case_id="c", tenant="acme", requester="x", input={"sender": "portal", "channel": "api"}, data={})
    assert list(definition.contacts(view)) == []
    assert list(no_contacts(view)) == []

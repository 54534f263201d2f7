"""Whom a request may be put to: a contact of the case's address book, or an address that somebody may choose freely."""

from __future__ import annotations

from graphs.contacts import Contact, address_book
from graphs.errors import DefinitionMissing, Invalid, PermissionMissing
from graphs.information.request import AddressNotOnFile, AskingOutside, MailNotConnected
from graphs.information.terms import ASK_ANYONE, MAIL_TOOL
from graphs.orders import state_of
from graphs.runtime.services import Services
from graphs.state import CaseView
from graphs.store.database import UnitOfWork
from graphs.store.people import Actor
from graphs.store.tables import Case
from tools.mail.address import Addressed, is_address


async def contacts_of(services: Services, unit: UnitOfWork, case: Case) -> tuple[Contact, ...]:
    """The address book of the case, as its process declares it. Raises `DefinitionMissing`."""
    definition = services.definition_of(case)
    data = (await state_of(unit, case))["data"]
    view = CaseView(case_id=case.id, tenant=case.tenant, requester=case.created_by, input=case.input, data=data)
    return address_book(definition.contacts(view))


async def recipient(
    services: Services, unit: UnitOfWork, actor: Actor, case: Case, asking: AskingOutside
) -> Contact | None:
    """The contact with the address; None for an address that the actor chooses freely, and may.

    Raises `AddressNotOnFile` where they do not say so, `PermissionMissing` where they may not.
    """
    try:
        known = await contacts_of(services, unit, case)
    except DefinitionMissing:
        known = ()
    found = next((one for one in known if one.address.casefold() == asking.to.casefold()), None)
    if found is not None:
        return found
    if not asking.free:
        raise AddressNotOnFile(f"{asking.to} is in no address book of this case: ask who may choose one freely")
    if ASK_ANYONE not in actor.permissions:
        raise PermissionMissing(f"{actor.name} may not write to an address that is not on file ({ASK_ANYONE!r})")
    return None


def check_mail(services: Services, tenant: str, address: str) -> None:
    """Whether a mail can go there at all. Raises `Invalid` or `MailNotConnected`."""
    if not is_address(address):
        raise Invalid("to: write a plain address such as name@example.com")
    catalog = services.catalogs(tenant)
    if MAIL_TOOL not in catalog:
        raise MailNotConnected("no connector sends mails: connect one first")
    sender = catalog[MAIL_TOOL]
    if isinstance(sender, Addressed) and not sender.may_go_to(address):
        raise MailNotConnected(f"mails may not go to {address}: the mail connector's recipients do not name it")

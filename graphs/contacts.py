"""The address book of a case: who outside may be asked about it, as its process declares.

An address counts for where it comes from: the system of record, or the case's own mail once the domain in its From has
vouched for it. What a document, a mail's text or a model names is in no address book.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from graphs.state import CaseView
from tools.mail.address import is_address

ContactSource = Literal["system_of_record", "case_mail"]
ON_RECORD: ContactSource = "system_of_record"
WROTE: ContactSource = "case_mail"
VOUCHED = "pass"
LONGEST_NAME = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody outside: `source` is why the address may be written to, `of` what says so in plain words."""

    name: str
    address: str
    source: ContactSource
    of: str


ContactsFunction = Callable[[CaseView], Sequence[Contact]]


def no_contacts(_case: CaseView) -> Sequence[Contact]:
    """Nobody outside is asked about these cases."""
    return ()


def on_record(party: Mapping[str, Any] | None, *, of: str) -> list[Contact]:
    """The party's addresses in the system of record; nobody where there is no party."""
    if not party:
        return []
    name = str(party.get("name") or "")[:LONGEST_NAME]
    found = [str(address) for address in party.get("emails", ())]
    return [Contact(name=name, address=one, source=ON_RECORD, of=of) for one in found if is_address(one)]


def who_wrote(case: CaseView) -> list[Contact]:
    """The sender of the mail that the case is about, if the domain in From has vouched for it; else nobody."""
    sender = str(case.input.get("sender") or "").strip()
    mail = case.input.get("mail")
    known = (mail.get("verification") or {}) if isinstance(mail, Mapping) else {}
    said = known.get("sender_verified") if isinstance(known, Mapping) else None
    vouched = isinstance(said, Mapping) and said.get("value") == VOUCHED
    if case.input.get("channel") != "mail" or not vouched or not is_address(sender):
        return []
    return [Contact(name="", address=sender, source=WROTE, of="sender of the case's mail, verified")]


def address_book(contacts: Iterable[Contact]) -> tuple[Contact, ...]:
    """The contacts, each address once: what the system of record says goes before everything else."""
    found: dict[str, Contact] = {}
    for contact in sorted(contacts, key=lambda one: one.source != ON_RECORD):
        found.setdefault(contact.address.casefold(), contact)
    return tuple(found.values())

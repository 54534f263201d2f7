"""The request: what a mail claims, and what the vendor master says of the supplier it names."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from stdnum import iban

from graphs.agents.account_numbers import compact
from graphs.state import CaseView


def mail(case: CaseView) -> Mapping[str, Any]:
    """What is known of the mail with the request."""
    found: Mapping[str, Any] = case.input.get("mail") or {}
    return found


def text(case: CaseView) -> str:
    """Subject and text of the mail; empty where only its original is known."""
    return "\n".join(str(mail(case).get(name) or "") for name in ("subject", "text")).strip()


def sender_domain(case: CaseView) -> str:
    """What stands behind the @ of the sender's address."""
    return str(case.input["sender"]).strip().rpartition("@")[2].casefold()


def sender_verified(case: CaseView) -> bool:
    """Whether the sender's domain has vouched for the mail, and the vendor master knows it for this supplier."""
    verified = (mail(case).get("verification") or {}).get("sender_verified") or {}
    vouched = isinstance(verified, Mapping) and verified.get("value") == "pass"
    domains = {str(address).casefold().rpartition("@")[2] for address in (vendor(case) or {}).get("emails", ())}
    return vouched and sender_domain(case) in domains


def vendor(case: CaseView) -> Mapping[str, Any] | None:
    """The supplier as the vendor master knows it."""
    found: Mapping[str, Any] | None = case.section("master").get("vendor")
    return found


def account(case: CaseView) -> str | None:
    """The account that is asked for; None where it is not known, or is no valid IBAN."""
    value = case.value("requested_account")
    found = compact(str(value)) if value else ""
    return found if found and iban.is_valid(found) else None


def known_accounts(case: CaseView) -> set[str]:
    """The accounts on file."""
    return {compact(str(one)) for one in (vendor(case) or {}).get("ibans", ())}


def days_since_change(case: CaseView) -> int | None:
    """Days from the last change of an account on file to the day of the request; None where there was none."""
    changed = (vendor(case) or {}).get("bank_changed_on")
    received = date.fromisoformat(str(case.input["received_on"]))
    return (received - date.fromisoformat(str(changed))).days if changed else None

"""The mail as the case's input holds it: written by anybody, so that nothing in it is more than a claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphs.state import CaseView


def mail(case: CaseView) -> Mapping[str, Any]:
    """What is known of the mail."""
    found: Mapping[str, Any] = case.input.get("mail") or {}
    return found


def subject(case: CaseView) -> str:
    """Its subject; empty where it has none."""
    return str(case.input.get("subject") or mail(case).get("subject") or "")[:300]


def text(case: CaseView) -> str:
    """Its text; empty where only the mail's original is known."""
    return str(case.input.get("body") or mail(case).get("text") or "").strip()


def sender_name(case: CaseView) -> str:
    """Who its sender claims to be; empty where they give no name."""
    return str(case.input.get("sender_name") or mail(case).get("sender_name") or "").strip()


def attachments(case: CaseView) -> Sequence[Mapping[str, Any]]:
    """What is attached: each with its name and, where it is stored, the SHA-256 of its bytes."""
    found: Sequence[Mapping[str, Any]] = case.input.get("attachments") or ()
    return found


def stored(case: CaseView) -> list[Mapping[str, Any]]:
    """Those of them that can become cases."""
    return [one for one in attachments(case) if one.get("sha256")]


def sender(case: CaseView) -> str:
    """The address that it says it is from."""
    return str(case.input["sender"]).strip()


def sender_domain(case: CaseView) -> str:
    """What stands behind the @, in small letters."""
    return sender(case).rpartition("@")[2].casefold()


def sender_known(case: CaseView) -> bool:
    """Whether the vendor master knows a supplier with this domain under the name that the sender gives."""
    supplier = case.section("master").get("supplier") or {}
    domains = {str(address).casefold().rpartition("@")[2] for address in supplier.get("emails", ())}
    return "@" in sender(case) and sender_domain(case) in domains


def verification(case: CaseView) -> Mapping[str, Any] | None:
    """What the company's own mail server has said of the sender; None where it was not asked."""
    found: Mapping[str, Any] | None = case.input.get("verification") or mail(case).get("verification")
    return found


def sender_verified(case: CaseView) -> bool:
    """Whether the domain in From has vouched for the mail."""
    found = (verification(case) or {}).get("sender_verified") or {}
    return isinstance(found, Mapping) and found.get("value") == "pass"


def told(case: CaseView) -> dict[str, Any]:
    """What a case that is started for it is told of the mail."""
    return {
        "subject": subject(case),
        "text": text(case)[:20_000],
        "integrity": "untrusted",
        **({"verification": dict(found)} if (found := verification(case)) is not None else _unverified()),
    }


def _unverified() -> dict[str, Any]:
    """Nobody has vouched for the mail: said so, because silence would be taken for a document that was sent in."""
    return {"verification": {"sender_verified": {"value": "none"}}}

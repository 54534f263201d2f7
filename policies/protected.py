"""Protected arguments: who gets the money, and how much, come only from sources that may say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from policies.errors import ProtectedArgument
from policies.fact import Fact, Integrity, SourceKind

MATCHED_TO_ORDER = "promotion:matched_to_order"
BANK_CHANGE = "promotion:bank_change"
APPROVAL = "approval:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """Which sources an argument accepts, in words and as a test."""

    accepted: tuple[str, ...]
    admits: Callable[[Fact], bool]


def _may_name_payee(fact: Fact) -> bool:
    promoted = fact.source.kind is SourceKind.DERIVED and fact.source.ref == BANK_CHANGE
    return fact.source.kind is SourceKind.SYSTEM_OF_RECORD or promoted


def _may_set_amount(fact: Fact) -> bool:
    match fact.source.kind:
        case SourceKind.DERIVED:
            return fact.source.ref == MATCHED_TO_ORDER
        case SourceKind.PERSON:
            return fact.source.ref.startswith(APPROVAL) and fact.source.ref != APPROVAL
        case _:
            return False


PAYEE = Protection(
    accepted=("the vendor master", "a completed bank-change case"),
    admits=_may_name_payee,
)
AMOUNT = Protection(
    accepted=("a document amount promoted by matched_to_order", "a person's approval"),
    admits=_may_set_amount,
)
PROTECTED: dict[str, Protection] = {
    **dict.fromkeys(
        ("payee", "payee_id", "supplier", "supplier_id", "vendor_id", "iban", "payee_iban", "bank_account"),
        PAYEE,
    ),
    **dict.fromkeys(("amount", "amount_minor", "total", "total_minor", "expected_total"), AMOUNT),
}
"""By the last part of the argument's name: `payee.iban` is protected as `iban` is."""


def is_protected(argument: str) -> bool:
    """Whether this argument accepts only named sources."""
    return argument.rpartition(".")[2].casefold() in PROTECTED


def check_protected(argument: str, fact: Fact) -> ProtectedArgument | None:
    """The error if `fact` may not set `argument`, or None. Unprotected arguments accept anything.

    A reviewer's edit (source `person`) never sets a payee or an account.
    """
    protection = PROTECTED.get(argument.rpartition(".")[2].casefold())
    if protection is None:
        return None
    known = fact.value is not None and fact.value != ""
    if known and fact.integrity is Integrity.TRUSTED and protection.admits(fact):
        return None
    came_from = f"{fact.integrity.value} {fact.source.kind.value} ({fact.source.ref[:80] or 'unnamed'})"
    return ProtectedArgument(argument, came_from=came_from, accepted=protection.accepted)

"""Who gets the money and how much: only from sources that may say so."""

from typing import Any

import pytest
from policies_samples import fact, verdict

from policies.approval import Outstanding
from policies.errors import ProtectedArgument
from policies.fact import Fact, Integrity, SourceKind
from policies.promotion import approved_by_person, matched_to_order
from policies.protected import check_protected, is_protected
from policies.verdict import Verdict, VerdictKind

AMOUNT = fact(119000, SourceKind.DOCUMENT, ref="sha256:ab")
RECORD = fact("4711", SourceKind.SYSTEM_OF_RECORD, ref="tryton:purchase/4711", trusted=True)
JUDGED = {
    "invoice.total": 119000,
    "order.found": True,
    "match.matched": True,
    "match.category": "goods",
}


def matched(**changes: Any) -> Verdict:
    return verdict(**({"kind": VerdictKind.ALLOW, "point": "match", "facts": JUDGED} | changes))


def promote(
    amount: Fact = AMOUNT,
    *,
    order: Fact | None = RECORD,
    receipt: Fact | None = RECORD,
    judged: Verdict | None = None,
) -> Fact | None:
    return matched_to_order(
        amount,
        order={} if order is None else {"order.number": order},
        receipt={} if receipt is None else {"receipt.quantity": receipt},
        verdict=judged or matched(),
    )


def test_an_amount_that_matches_order_and_receipt_becomes_trusted() -> None:
    promoted = promote()
    assert promoted is not None
    assert (promoted.value, promoted.integrity) == (119000, Integrity.TRUSTED)
    assert (promoted.source.kind, promoted.source.ref) == (SourceKind.DERIVED, "promotion:matched_to_order")
    assert check_protected("amount", promoted) is None


@pytest.mark.parametrize(
    "judged",
    [
        matched(kind=VerdictKind.REVIEW),
        matched(kind=VerdictKind.DENY),
        matched(point="draft"),
        matched(facts=JUDGED | {"invoice.total": 119001}),
        matched(facts=JUDGED | {"match.matched": False}),
        matched(facts=JUDGED | {"match.matched": None}),
        matched(facts=JUDGED | {"order.found": False}),
        matched(facts={}),
    ],
)
def test_any_doubt_about_the_match_keeps_the_amount_untrusted(judged: Verdict) -> None:
    assert promote(judged=judged) is None


@pytest.mark.parametrize(
    "order",
    [
        None,
        fact("4711", SourceKind.DOCUMENT),
        fact("4711", SourceKind.SYSTEM_OF_RECORD),
        fact("4711", SourceKind.PERSON, trusted=True),
        fact(None, SourceKind.SYSTEM_OF_RECORD, trusted=True),
    ],
)
def test_the_order_is_read_from_the_system_of_record(order: Fact | None) -> None:
    assert promote(order=order) is None
    assert promote(receipt=order) is None


def test_a_service_needs_no_receipt() -> None:
    assert promote(receipt=None, judged=matched(facts=JUDGED | {"match.category": "service"})) is not None


@pytest.mark.parametrize("value", ["119000", None, True])
def test_an_amount_is_an_exact_integer(value: Any) -> None:
    judged = matched(facts=JUDGED | {"invoice.total": value})
    assert promote(fact(value, SourceKind.DOCUMENT), judged=judged) is None


def test_a_settled_approval_makes_the_amount_payable_and_names_what_was_seen() -> None:
    settled = Outstanding(approvals_needed=0, excluded=("rita", "ann"))
    approved = approved_by_person(AMOUNT, digest="d1", outstanding=settled)
    assert approved is not None
    assert approved.source.ref == "approval:d1"
    assert check_protected("amount", approved) is None


@pytest.mark.parametrize(
    ("open_still", "digest"),
    [
        (Outstanding(approvals_needed=1, excluded=()), "d1"),
        (Outstanding(approvals_needed=0, excluded=(), denied=True), "d1"),
        (Outstanding(approvals_needed=0, excluded=(), obligations=("call_back",)), "d1"),
        (Outstanding(approvals_needed=0, excluded=()), ""),
    ],
)
def test_an_open_approval_makes_nothing_payable(open_still: Outstanding, digest: str) -> None:
    assert approved_by_person(AMOUNT, digest=digest, outstanding=open_still) is None


PAYEE_NAMES = ["payee", "iban", "payee.iban", "payee_iban", "supplier_id", "draft.bank_account", "IBAN"]
FORBIDDEN_PAYEES = [
    fact("DE89", SourceKind.DOCUMENT),
    fact("DE89", SourceKind.DOCUMENT, trusted=True),
    fact("DE89", SourceKind.MODEL, trusted=True),
    fact("DE89", SourceKind.PERSON, trusted=True),
    fact("DE89", SourceKind.PERSON, ref="approval:d1", trusted=True),
    fact("DE89", SourceKind.DERIVED, ref="promotion:matched_to_order", trusted=True),
    fact("DE89", SourceKind.SYSTEM_OF_RECORD),
    fact(None, SourceKind.SYSTEM_OF_RECORD, trusted=True),
    fact("", SourceKind.SYSTEM_OF_RECORD, trusted=True),
]


@pytest.mark.parametrize("name", PAYEE_NAMES)
@pytest.mark.parametrize("value", FORBIDDEN_PAYEES, ids=lambda value: f"{value.integrity}-{value.source.kind}")
def test_no_document_mail_model_or_reviewer_names_the_payee(name: str, value: Fact) -> None:
    error = check_protected(name, value)
    assert isinstance(error, ProtectedArgument)
    assert error.argument == name
    assert "the vendor master" in str(error)


@pytest.mark.parametrize("name", PAYEE_NAMES)
def test_the_vendor_master_or_a_completed_bank_change_names_the_payee(name: str) -> None:
    changed = fact("DE89", SourceKind.DERIVED, ref="promotion:bank_change", trusted=True)
    assert check_protected(name, RECORD) is None
    assert check_protected(name, changed) is None


@pytest.mark.parametrize(
    "value",
    [
        fact(1, SourceKind.DOCUMENT),
        fact(1, SourceKind.DOCUMENT, trusted=True),
        fact(1, SourceKind.MODEL, trusted=True),
        fact(1, SourceKind.PERSON, ref="ann", trusted=True),
        fact(1, SourceKind.PERSON, ref="approval:", trusted=True),
        fact(1, SourceKind.DERIVED, ref="promotion:bank_change", trusted=True),
        fact(1, SourceKind.DERIVED, ref="promotion:matched_to_order"),
    ],
)
def test_an_amount_without_match_or_approval_is_refused(value: Fact) -> None:
    assert isinstance(check_protected("total", value), ProtectedArgument)


def test_other_arguments_take_any_source() -> None:
    assert check_protected("memo", fact("x", SourceKind.DOCUMENT)) is None
    assert (is_protected("memo"), is_protected("payee.iban")) == (False, True)

"""The documents that `make run` sends in: each fits an order of the sandbox, or fails to in a chosen way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from tools.testing.invoices import defects
from tools.testing.invoices.cii import cii_xml
from tools.testing.invoices.document import BusinessDocument, DocumentKind, Line
from tools.testing.invoices.hybrid import hybrid_pdf
from tools.testing.invoices.pdf import digital_pdf
from tools.testing.invoices.sandbox import Sandbox, Supplier, load_sandbox
from tools.testing.invoices.seed import number
from tools.testing.invoices.truth import Expected, expected_fields
from tools.testing.invoices.ubl import ubl_xml

Channel = Literal["mail", "portal", "peppol"]
End = Literal["done", "review", "rejected"]
Form = Literal["ubl", "cii", "hybrid", "digital"]
PEPPOL_SCHEME = "9930"
PLAIN_WORDING = 22
"""The seed of the samples' wording, whatever their own: labels that leave a reader no doubt.

A sample shows one deviation; being hard to read is another, and a matter for collections.
"""
OTHER_SPANISH_IBAN = "ES8023100001180000012345"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A document that arrives, and how its case must end.

    `sender` is the mail address on mail and portal, the participant `9930:<VAT id>` on Peppol. The case
    ends in one of `expected_ends` with at least the named `exceptions`; `review` means: it waits for a
    person. A sample with `after` is sent once the case of that sample has ended.
    """

    name: str
    file_name: str
    media_type: Literal["application/xml", "application/pdf"]
    content: bytes
    channel: Channel
    sender: str
    expected_ends: tuple[End, ...]
    truth: Expected
    exceptions: tuple[str, ...] = ()
    after: str = ""


def make_samples(seed: int, today: date) -> tuple[Sample, ...]:
    """The samples, in the order in which they are to be sent. Same arguments, same samples.

    `today` must lie after the sandbox's last order, or every invoice comes before its order.
    """
    desk = _Desk(seed=seed, today=today, sandbox=load_sandbox())
    clean = desk.clean()
    return (*clean, *desk.deviating(), *desk.suspicious(), *desk.large())


class _Desk:
    """Writes invoices for orders of the sandbox."""

    def __init__(self, *, seed: int, today: date, sandbox: Sandbox) -> None:
        self._seed = seed
        self._today = today
        self._sandbox = sandbox
        self._written: dict[str, int] = {}

    def clean(self) -> tuple[Sample, ...]:
        """Nothing is wrong; and the first of them once more, in another form."""
        mixed_rates = self._invoice("PO-2026-0016")
        again = defects.respelled_number(mixed_rates)
        service = self._invoice("PO-2026-0005")
        french = replace(self._invoice("PO-2026-0008"), note="Livraison effectuée franco de port.")
        return (
            self._sample("clean_ubl", mixed_rates, "ubl", "peppol"),
            self._sample("clean_hybrid", self._invoice("PO-2026-0002"), "hybrid", "mail", layout="right_meta"),
            self._sample("clean_cii", self._invoice("PO-2026-0001"), "cii", "portal"),
            self._sample("clean_french", french, "cii", "mail"),
            self._sample("clean_service", service, "digital", "mail", layout="letterhead"),
            self._sample(
                "duplicate", again, "cii", "mail", ends=("rejected",), exceptions=("duplicate_exact",),
                after="clean_ubl",
            ),
        )  # fmt: skip

    def deviating(self) -> tuple[Sample, ...]:
        """Price, quantity or order are not as agreed."""
        dearer = replace(defects.price_raised(self._invoice("PO-2026-0009"), percent=Decimal(6)), language="en")
        early = self._invoice("PO-2026-0003")
        excess = self._invoice("PO-2026-0012")
        unordered = replace(defects.without_order_number(self._invoice("PO-2026-0002")), lines=(_unordered_line(),))
        known = defects.duplicate_number(self._invoice("PO-2026-0006"), number="RW-2026-0311")
        return (
            self._sample(
                "price_variance", dearer, "digital", "mail", layout="letterhead", ends=("review",),
                exceptions=("unit_price_variance",),
            ),
            self._sample(
                "partial_receipt", early, "hybrid", "portal", layout="columns", ends=("review",),
                exceptions=("insufficient_goods_receipt",),
            ),
            self._sample("over_billed", excess, "ubl", "peppol", ends=("review",), exceptions=("qty_funds",)),
            self._sample("no_order", unordered, "ubl", "mail", ends=("review",), exceptions=("no_po",)),
            self._sample(
                "duplicate_in_erp", known, "hybrid", "portal", layout="banner", ends=("rejected",),
                exceptions=("duplicate_exact",),
            ),
        )  # fmt: skip

    def suspicious(self) -> tuple[Sample, ...]:
        """Somebody may be cheating."""
        other = defects.other_iban(self._invoice("PO-2026-0007"), iban=OTHER_SPANISH_IBAN)
        two_of_four = self._invoice("PO-2026-0019")
        foreign = defects.other_iban(replace(two_of_four, lines=(replace(two_of_four.lines[0], quantity=Decimal(2)),)))
        undelivered = defects.hidden_instruction(self._invoice("PO-2026-0004"))
        stranger = defects.unknown_supplier(defects.without_order_number(self._invoice("PO-2026-0018")))
        machine = self._invoice("PO-2026-0017")
        return (
            self._sample(
                "other_bank_account", other, "hybrid", "mail", layout="grid", ends=("review",),
                exceptions=("bank_mismatch",),
            ),
            self._sample(
                "foreign_bank_account", foreign, "ubl", "peppol", ends=("review",),
                exceptions=("bank_mismatch",),
            ),
            self._sample(
                "blocked_supplier", self._invoice("PO-2026-0011"), "digital", "mail", layout="letterhead",
                ends=("rejected", "review"), exceptions=("invalid_or_blocked_supplier",),
            ),
            self._sample(
                "hidden_instruction", undelivered, "digital", "mail", layout="letterhead", ends=("review",),
                exceptions=("insufficient_goods_receipt",),
            ),
            self._sample(
                "unknown_supplier", stranger, "digital", "mail", layout="banner", ends=("review", "rejected"),
                exceptions=("unverified_sender",),
            ),
            self._sample(
                "page_mismatch", machine, "hybrid", "mail", layout="ruled", ends=("review",),
                exceptions=("page_mismatch",), attached=defects.attachment_mismatch(machine),
            ),
        )  # fmt: skip

    def large(self) -> tuple[Sample, ...]:
        """Nothing is wrong but the amount asks for one approval, or for two."""
        approval = ("approval_by_authority",)
        return (
            self._sample(
                "over_automatic_limit", self._invoice("PO-2026-0020"), "hybrid", "mail", layout="columns",
                ends=("review",), exceptions=approval,
            ),
            self._sample(
                "over_four_eyes_limit", self._invoice("PO-2026-0010"), "ubl", "peppol", ends=("review",),
                exceptions=approval,
            ),
        )  # fmt: skip

    def _invoice(self, order_number: str) -> BusinessDocument:
        """An invoice for all of the order, issued one to six days ago."""
        order = self._sandbox.order(order_number)
        supplier = self._sandbox.supplier(order.supplier)
        issue_date = self._today - timedelta(days=number(self._seed, order_number, low=1, high=6))
        days = self._sandbox.payment_term.days
        return BusinessDocument(
            kind=DocumentKind.INVOICE,
            number=self._number(supplier, issue_date),
            issue_date=issue_date,
            due_date=issue_date + timedelta(days=days),
            payment_days=days,
            vendor=supplier.vendor(),
            buyer=self._sandbox.company.party(),
            currency=order.currency,
            language=supplier.language,
            po_number=order.number,
            lines=self._sandbox.lines(order),
        )

    def _number(self, supplier: Supplier, day: date) -> str:
        """A number that differs in three places from every other of this supplier.

        Numbers closer than that are taken for mistyped duplicates.
        """
        count = self._written[supplier.code] = self._written.get(supplier.code, 0) + 1
        initials = "".join(word[0] for word in supplier.name.split()[:2]).upper()
        last = number(self._seed, f"number {supplier.code}", low=0, high=9)
        return f"{initials}-{day.year}-{str(count + 1) * 3}{last}"

    def _sample(
        self, name: str, document: BusinessDocument, form: Form, channel: Channel, *, layout: str | None = None,
        ends: tuple[End, ...] = ("done",), exceptions: tuple[str, ...] = (), after: str = "",
        attached: BusinessDocument | None = None,
    ) -> Sample:  # fmt: skip
        writers: dict[Form, Callable[[], bytes]] = {
            "ubl": lambda: ubl_xml(document),
            "cii": lambda: cii_xml(document),
            "hybrid": lambda: hybrid_pdf(document, seed=PLAIN_WORDING, layout=layout, attached=attached),
            "digital": lambda: digital_pdf(document, seed=PLAIN_WORDING, layout=layout),
        }
        xml = form in ("ubl", "cii")
        vendor = document.vendor
        return Sample(
            name=name,
            file_name=f"{name}.{'xml' if xml else 'pdf'}",
            media_type="application/xml" if xml else "application/pdf",
            content=writers[form](),
            channel=channel,
            sender=f"{PEPPOL_SCHEME}:{vendor.vat_id}" if channel == "peppol" else vendor.email,
            expected_ends=ends,
            exceptions=exceptions,
            after=after,
            truth=expected_fields(document),
        )


def _unordered_line() -> Line:
    return Line(
        description="Besprechungsstuhl, Restposten",
        quantity=Decimal(12),
        unit_price=Decimal("79.00"),
        tax_rate=Decimal(19),
        item_code="CHAIR-MEET",
    )

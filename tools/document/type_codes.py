"""What the type codes of UNTDID 1001 mean for a document, in the fields' own words."""

from __future__ import annotations

from typing import Final

_CREDIT_NOTES: Final = ("81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "532")
_CORRECTED_INVOICE: Final = "384"
_ORDER_TYPES: Final = {"220": "purchase_order", "230": "order_change", "231": "order_confirmation"}


def billing_type(code: str | None) -> str:
    """`invoice`, `credit_note` or `corrected_invoice`; a code not known here is an invoice's."""
    if code in _CREDIT_NOTES:
        return "credit_note"
    return "corrected_invoice" if code == _CORRECTED_INVOICE else "invoice"


def order_type(code: str | None) -> str:
    """`purchase_order`, `order_change` or `order_confirmation`; a code not known here is an order's."""
    return _ORDER_TYPES.get(code or "", "purchase_order")

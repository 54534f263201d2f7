"""P2P-6, the reference process that every side runs: seven activities on the same payload.

start → extract (about 2 KB) → policy (10 comparisons) → 3-way match → route → wait for a person → post → done

Only the standard library is imported, so that a peer can run this in an environment of its own. The prices are the
numbers that a JSON document holds; what decides about money turns them into minor units first.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

LINES = 17
CURRENCIES = ("EUR", "USD")
TEXT = "industrial fastener, zinc, box of 100"
APPROVAL: Mapping[str, Any] = {"ok": True, "by": "ap.manager"}
"""What the person says."""


def extract(number: str) -> dict[str, Any]:
    """The document of case `number`: always the same for the same number, and in order."""
    chance = random.Random(number)  # noqa: S311 - a payload, not a secret
    lines = [_line(position, chance) for position in range(1, LINES + 1)]
    total = round(sum(line["qty"] * line["price"] for line in lines), 2)
    return {
        "case_id": number,
        "vendor": f"V{chance.randrange(10**5):05d}",
        "po": f"PO-{chance.randrange(10**8):08d}",
        "currency": "EUR",
        "lines": lines,
        "total": total,
        "confidence": 0.97,
        "po_total": total,
        "received_total": total,
        "vendor_ok": True,
        "days_old": 3,
    }


def _line(position: int, chance: random.Random) -> dict[str, Any]:
    return {
        "no": position,
        "sku": f"SKU-{chance.randrange(10**6):06d}",
        "qty": chance.randrange(1, 50),
        "price": round(chance.random() * 100, 2),
        "text": TEXT[: 20 + position],
    }


def policy(document: Mapping[str, Any]) -> dict[str, Any]:
    """The ten comparisons."""
    checks = [
        document["confidence"] >= 0.9,
        document["total"] > 0,
        document["total"] < 1_000_000,
        document["currency"] in CURRENCIES,
        document["vendor_ok"],
        document["days_old"] < 90,
        len(document["lines"]) < 100,
        document["po"].startswith("PO-"),
        document["vendor"] != "V00000",
        document["received_total"] > 0,
    ]
    return {"passed": all(checks), "checks": checks}


def match(document: Mapping[str, Any]) -> dict[str, Any]:
    """Invoice, order and receipt agree to the cent."""
    invoiced, ordered, received = document["total"], document["po_total"], document["received_total"]
    return {"matched": abs(invoiced - ordered) < 0.01 and abs(ordered - received) < 0.01}


def route(checked: Mapping[str, Any], matched: Mapping[str, Any]) -> str:
    """Who is asked."""
    return "approve" if checked["passed"] and matched["matched"] else "exception"


def post(document: Mapping[str, Any], approval: Mapping[str, Any]) -> dict[str, Any]:
    """What the ERP answers."""
    return {"erp_doc": document_number(document["po"]), "by": approval["by"]}


def document_number(order: str) -> str:
    """The ERP's number for the posting of an order."""
    return "5100" + order.removeprefix("PO-")

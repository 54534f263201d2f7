"""Receiving on Tryton: supplier shipments, moved from the supplier into the warehouse's store."""

from __future__ import annotations

from typing import Any

from tools.erp import tryton_flow as flow
from tools.erp import tryton_records as records
from tools.erp.receiving import NewReceipt, Receipt, ReceiptState
from tools.erp.tryton_database import TrytonDatabase, illegal, literal, record_id, refused
from tools.erp.values import Acknowledged

SHIPMENT = "stock.shipment.in"
ORDERED_FIELDS = ["state", "party", "lines.moves.state", "lines.moves.quantity", "lines.moves.shipment"]


class TrytonReceiving(TrytonDatabase):
    """Receiving of the ERP port on one Tryton database. A shipment carries its key behind the delivery note's number.

    A receipt is three calls (enter, receive, do); one that was cut short is taken up where it stopped, by its key.
    """

    async def receive(self, new: NewReceipt, *, key: str, acknowledged: Acknowledged = ()) -> Receipt:
        receipt = await self.find_receipt_by_key(key)
        if receipt is None:
            (number,) = await self._session.write(f"model.{SHIPMENT}.create", [await self._shipment(new, key)])
            receipt = await self._existing_receipt(str(number))
        for state, button in ((ReceiptState.DRAFT, "receive"), (ReceiptState.RECEIVED, "do")):
            if receipt.state is state:
                await self._press(SHIPMENT, button, int(receipt.receipt_id), acknowledged)
                receipt = await self._existing_receipt(receipt.receipt_id)
        if receipt.state is not ReceiptState.DONE:
            raise illegal(f"receipt {receipt.receipt_id}", receipt.state, "done")
        return receipt

    async def read_receipt(self, receipt_id: str) -> Receipt | None:
        return await self._receipt_where(("id", "=", record_id(receipt_id) or -1))

    async def find_receipt_by_key(self, key: str) -> Receipt | None:
        found = await self._receipt_where(("reference", "like", f"% {records.marked(literal(key))}"))
        return found if found is not None and found.key == key else None

    async def _receipt_where(self, clause: Any) -> Receipt | None:
        found = await self._search(SHIPMENT, [clause], flow.SHIPMENT_FIELDS, limit=1, order=[("id", "ASC")])
        return flow.receipt(found[0]) if found else None

    async def _existing_receipt(self, receipt_id: str) -> Receipt:
        receipt = await self.read_receipt(receipt_id)
        if receipt is None:
            raise refused(f"the ERP has no receipt {receipt_id!r}", "not_found")
        return receipt

    async def _shipment(self, new: NewReceipt, key: str) -> dict[str, Any]:
        domain = [("id", "=", record_id(new.order_id) or -1)]
        found = await self._search("purchase.purchase", domain, ORDERED_FIELDS, limit=1)
        if not found:
            raise refused(f"the ERP has no order {new.order_id!r}", "not_found")
        order = found[0]
        if order["state"] != "processing":
            raise illegal(f"order {new.order_id}", order["state"], "received")
        expected = {str(line["id"]): _expected(line) for line in records.rows(order, "lines")}
        changes: list[Any] = []
        for line in new.lines:
            if line.order_line_id not in expected:
                raise refused(f"order {new.order_id} has no line {line.order_line_id!r}", "not_found")
            move = expected[line.order_line_id]
            # Tryton would book more than was ordered without a word.
            if move is None or line.quantity > records.exact(move["quantity"]):
                left = records.exact(move["quantity"]) if move else 0
                raise refused(f"of line {line.order_line_id} no more than {left} is outstanding", "over_delivery")
            changes.append(["write", [move["id"]], {"quantity": float(line.quantity)}])
        warehouse = await self._warehouse()
        moves = [change[1][0] for change in changes]
        return {
            "company": await self._session.preference("company"),
            "supplier": order["party"],
            "warehouse": warehouse["id"],
            "warehouse_input": warehouse["input_location"],
            "warehouse_storage": warehouse["storage_location"],
            "reference": f"{new.delivery_note} {records.marked(key)}",
            "effective_date": new.received_on,
            "incoming_moves": [["add", moves], *changes],
        }


def _expected(line: dict[str, Any]) -> dict[str, Any] | None:
    """The move that waits for what is outstanding of an order line."""
    waiting = [move for move in records.rows(line, "moves") if move["state"] == "draft" and move["shipment"] is None]
    return waiting[0] if waiting else None

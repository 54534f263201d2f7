"""Purchasing on Tryton: products, purchase requests (its requisitions), purchase orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tools.erp import tryton_flow as flow
from tools.erp import tryton_records as records
from tools.erp.purchasing import (
    NewOrder,
    NewOrderLine,
    NewRequest,
    OrderState,
    Product,
    PurchaseOrder,
    PurchaseRequest,
    RequestState,
)
from tools.erp.tryton_database import TrytonDatabase, illegal, record_id, refused
from tools.erp.values import Acknowledged

ORDER = "purchase.purchase"
REQUISITION = "purchase.requisition"
CONFIRMED = frozenset({OrderState.OPEN, OrderState.CLOSED})
APPROVED = frozenset({RequestState.APPROVED, RequestState.ORDERED})


class TrytonPurchasing(TrytonDatabase):
    """Purchasing of the ERP port on one Tryton database.

    An order carries the key it was entered with in its description, and the key of its confirmation in its comment;
    a requisition carries its key in its description.
    """

    async def find_product(self, code: str) -> Product | None:
        if not code:
            return None  # that of every product without one
        domain = [("code", "=", code), ("purchasable", "=", True)]
        found = await self._search("product.product", domain, flow.PRODUCT_FIELDS, limit=2)
        if len(found) > 1:
            raise refused(f"several products have the code {code!r}", "ambiguous_product")
        return flow.product(found[0]) if found else None

    async def read_order(self, number: str) -> PurchaseOrder | None:
        if not number:
            return None  # that of every draft
        matches = await self._search(ORDER, [("number", "=", number)], records.ORDER_FIELDS, limit=2)
        if len(matches) > 1:
            raise refused(f"several orders have the number {number!r}", "ambiguous_order")
        return records.order(matches[0]) if matches else None

    async def order_of_id(self, order_id: str) -> PurchaseOrder | None:
        return await self._order_where(("id", "=", record_id(order_id) or -1))

    async def find_order_by_key(self, key: str) -> PurchaseOrder | None:
        mark = records.marked(key)
        return await self._order_where(["OR", ("description", "=", mark), ("comment", "=", mark)])

    async def create_order(self, new: NewOrder, *, key: str) -> PurchaseOrder:
        done = await self.find_order_by_key(key)
        if done:
            return done
        party = await self._party(new.supplier_id)
        values = {
            "company": await self._session.preference("company"),
            "party": party["id"],
            "invoice_address": party["addresses"][0],
            "payment_term": party["supplier_payment_term"],
            "currency": await self._currency(new.currency),
            "warehouse": (await self._warehouse())["id"],
            "purchase_date": new.ordered_on,
            # An order that Tryton invoices by itself would be invoiced twice.
            "invoice_method": "manual",
            "description": records.marked(key),
            "lines": [["create", [await self._ordered(line) for line in new.lines]]],
        }
        (number,) = await self._session.write(f"model.{ORDER}.create", [values])
        return await self._reread_order(str(number), {"draft"})

    async def quote_order(self, order_id: str, *, key: str, acknowledged: Acknowledged = ()) -> PurchaseOrder:  # noqa: ARG002 - by id, once
        order = await self._existing_order(order_id)
        if order.raw_state == "draft":
            await self._press(ORDER, "quote", int(order_id), acknowledged)
        return await self._reread_order(order_id, {"quotation"})

    async def confirm_order(
        self, order_id: str, *, expected_net: Decimal, key: str, acknowledged: Acknowledged = ()
    ) -> PurchaseOrder:
        order = await self._existing_order(order_id)
        if order.state in CONFIRMED and await self._order_where([("id", "=", int(order_id)), _commented(key)]):
            return order
        if order.raw_state != "quotation":
            raise illegal(f"order {order_id}", order.raw_state, "confirmed")
        if order.net_total != expected_net:
            message = f"the ERP computes {order.net_total} net, expected were {expected_net}"
            raise refused(message, "total_mismatch")
        await self._session.write(f"model.{ORDER}.write", [int(order_id)], {"comment": records.marked(key)})
        await self._press(ORDER, "confirm", int(order_id), acknowledged)
        return await self._reread_order(order_id, {"confirmed", "processing", "done"})

    async def cancel_order(self, order_id: str, *, key: str) -> PurchaseOrder:  # noqa: ARG002 - by id, once
        order = await self._existing_order(order_id)
        if order.raw_state in ("draft", "quotation"):
            await self._press(ORDER, "cancel", int(order_id))
        return await self._reread_order(order_id, {"cancelled"})

    async def request_purchase(self, new: NewRequest, *, key: str) -> PurchaseRequest:
        request = await self.find_request_by_key(key)
        if request is None:
            who = [("party.name", "=", new.requested_by)]
            values = {
                "company": await self._session.preference("company"),
                "employee": await self._id_of("company.employee", who, f"employee {new.requested_by}"),
                "supply_date": new.needed_on,
                "warehouse": (await self._warehouse())["id"],
                "description": records.marked(key),
                "lines": [["create", [await self._wanted(line.product_code, line.quantity) for line in new.lines]]],
            }
            (number,) = await self._session.write(f"model.{REQUISITION}.create", [values])
            request = await self._existing_request(str(number))
        if request.state is RequestState.DRAFT:
            await self._press(REQUISITION, "wait", int(request.request_id))
        request = await self._existing_request(request.request_id)
        if request.state is RequestState.DRAFT:
            raise illegal(f"request {request.request_id}", request.raw_state, "waiting")
        return request

    async def approve_request(self, request_id: str, *, key: str) -> PurchaseRequest:  # noqa: ARG002 - by id, once
        request = await self._existing_request(request_id)
        if request.state is RequestState.WAITING:
            await self._press(REQUISITION, "approve", int(request_id))
            request = await self._existing_request(request_id)
        if request.state not in APPROVED:
            raise illegal(f"request {request_id}", request.raw_state, "approved")
        return request

    async def order_request(self, request_id: str, *, supplier_id: str, key: str) -> PurchaseRequest:  # noqa: ARG002 - Tryton orders a request once
        request = await self._existing_request(request_id)
        if request.order_ids:
            return request
        if request.state not in APPROVED:
            raise illegal(f"request {request_id}", request.raw_state, "ordered")
        party = await self._party(supplier_id)
        domain = [("origin.requisition", "=", int(request_id), "purchase.requisition.line")]
        made = await self._search("purchase.request", domain, ["id"], limit=500)
        numbers = [row["id"] for row in made]
        if not numbers:
            raise refused(f"request {request_id} is approved, and Tryton has not processed it yet", "not_processed")
        await self._session.write("model.purchase.request.write", numbers, {"party": party["id"]})
        await self._run_wizard("purchase.request.create_purchase", "purchase.request", numbers)
        request = await self._existing_request(request_id)
        if not request.order_ids:
            raise illegal(f"request {request_id}", request.raw_state, "ordered")
        return request

    async def read_request(self, request_id: str) -> PurchaseRequest | None:
        return await self._request_where(("id", "=", record_id(request_id) or -1))

    async def find_request_by_key(self, key: str) -> PurchaseRequest | None:
        return await self._request_where(("description", "=", records.marked(key)))

    async def _order_where(self, clause: Any) -> PurchaseOrder | None:
        found = await self._search(ORDER, [clause], records.ORDER_FIELDS, limit=1, order=[("id", "ASC")])
        return records.order(found[0]) if found else None

    async def _existing_order(self, order_id: str) -> PurchaseOrder:
        order = await self.order_of_id(order_id)
        if order is None:
            raise refused(f"the ERP has no order {order_id!r}", "not_found")
        return order

    async def _reread_order(self, order_id: str, expected: set[str]) -> PurchaseOrder:
        order = await self._existing_order(order_id)
        if order.raw_state not in expected:
            raise illegal(f"order {order_id}", order.raw_state, " or ".join(sorted(expected)))
        return order

    async def _request_where(self, clause: Any) -> PurchaseRequest | None:
        found = await self._search(REQUISITION, [clause], flow.REQUISITION_FIELDS, limit=1, order=[("id", "ASC")])
        return flow.requisition(found[0]) if found else None

    async def _existing_request(self, request_id: str) -> PurchaseRequest:
        request = await self.read_request(request_id)
        if request is None:
            raise refused(f"the ERP has no purchase request {request_id!r}", "not_found")
        return request

    async def _ordered(self, line: NewOrderLine) -> dict[str, Any]:
        return {
            **await self._wanted(line.product_code, line.quantity),
            "type": "line",
            "description": line.description,
            "unit_price": line.unit_price,
            "taxes": [["add", [await self._tax(line.tax_rate)]]],
        }

    async def _wanted(self, product_code: str, quantity: Decimal) -> dict[str, Any]:
        domain = [("code", "=", product_code), ("purchasable", "=", True)]
        found = await self._search("product.product", domain, ["default_uom"], limit=1)
        if not found:
            raise refused(f"the ERP has no product {product_code!r} to purchase", "not_found")
        return {"product": found[0]["id"], "unit": found[0]["default_uom"], "quantity": float(quantity)}


def _commented(key: str) -> tuple[str, str, str]:
    return ("comment", "=", records.marked(key))

"""The tools over the ERP port: what a process may propose to read from or do to an ERP."""

from __future__ import annotations

from tools.erp import invoice_actions as invoices
from tools.erp import party_actions as parties
from tools.erp import payment_actions as payments
from tools.erp import purchase_actions as purchases
from tools.erp.invoice_actions import LoadDocument, PostArguments
from tools.erp.port import Erp
from tools.erp.tool import TARGET
from tools.port import Tool

__all__ = ["LoadDocument", "PostArguments", "erp_tools"]

KINDS = (
    parties.FindSupplier,
    purchases.ReadOrder,
    invoices.SimilarInvoices,
    invoices.ReadInvoice,
    invoices.ExpenseAccounts,
    invoices.UsedAccounts,
    invoices.Draft,
    invoices.Post,
    invoices.Cancel,
    invoices.Credit,
    parties.CreateSupplier,
    parties.ChangeBankAccount,
    purchases.FindProduct,
    purchases.CreateOrder,
    purchases.QuoteOrder,
    purchases.ConfirmOrder,
    purchases.CancelOrder,
    purchases.ReadRequest,
    purchases.RequestPurchase,
    purchases.ApproveRequest,
    purchases.OrderRequest,
    purchases.ReadReceipt,
    purchases.BookReceipt,
    payments.ReadPayment,
    payments.CreatePayment,
    payments.ApprovePayment,
    payments.ProcessPayment,
    payments.SucceedPayment,
    payments.FailPayment,
)


def erp_tools(erp: Erp, load: LoadDocument, *, target: str = TARGET) -> list[Tool]:
    """Every tool over `erp`, which is known as `target`; `load` gives name and bytes of a document by its SHA-256."""
    made: list[Tool] = [kind(erp, target=target) for kind in KINDS]
    return [*made, invoices.Attach(erp, load, target=target)]

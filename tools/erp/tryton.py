"""The ERP port on Tryton, over its JSON-RPC.

Tryton ignores an illegal transition without a word, so every action is followed by a read of the
state it should have led to. Its warnings are questions to a person and are never acknowledged here.
"""

from __future__ import annotations

from tools.erp.tryton_invoices import TrytonInvoices
from tools.erp.tryton_parties import TrytonParties
from tools.erp.tryton_payments import TrytonPayments
from tools.erp.tryton_purchasing import TrytonPurchasing
from tools.erp.tryton_receiving import TrytonReceiving


class TrytonErp(TrytonParties, TrytonPurchasing, TrytonReceiving, TrytonInvoices, TrytonPayments):
    """The ERP port on one Tryton database."""

"""Suppliers' mails without a document for a case: what is wanted, and who looks after it."""

from graphs.processes.supplier_mail.definition import definition
from graphs.processes.supplier_mail.intent import SUPPLIER_MAIL

DECISION_CLASSES = (SUPPLIER_MAIL,)
"""Every class of this process."""

__all__ = ["DECISION_CLASSES", "definition"]

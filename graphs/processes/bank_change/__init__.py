"""Requests to change a supplier's bank details: decided by two people, applied by nobody here."""

from graphs.processes.bank_change.assessment import BANK_CHANGE_ASSESSMENT
from graphs.processes.bank_change.definition import definition

DECISION_CLASSES = (BANK_CHANGE_ASSESSMENT,)
"""Every class of this process."""

__all__ = ["DECISION_CLASSES", "definition"]

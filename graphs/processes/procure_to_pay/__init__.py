"""Procure-to-Pay: from a supplier's invoice to its posting, confirmed by reading it back."""

from graphs.processes.procure_to_pay.definition import definition, released

__all__ = ["definition", "released"]

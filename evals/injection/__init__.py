"""Paired controls: the same case with and without a text that a supplier wrote must go the same way."""

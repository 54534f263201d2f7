"""Routing: who should do it, in scenarios of which the answer is known."""

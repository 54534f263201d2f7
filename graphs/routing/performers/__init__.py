"""Routing among performers: which of the ways to carry out a proposal is taken, and why."""

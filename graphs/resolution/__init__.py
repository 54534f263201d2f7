"""Fixes for incidents: an agent proposes one, rules judge it, and a desk that people use carries it out."""

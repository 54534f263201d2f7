"""Whole cases on in-memory twins: what way they take, what they do to the world, and whom they ask."""

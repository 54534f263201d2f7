"""Routing: who or what does a piece of work, chosen by rules that explain themselves."""

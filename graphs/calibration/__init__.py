"""Measured confidence: what reviewers' outcomes prove of a decision class, and what closes its gate again."""

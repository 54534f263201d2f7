"""Suggestions: what reviewers decide again and again, as a change of a rule that a named person may propose."""

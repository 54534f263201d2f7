"""Escalation: what happens around the deadlines of cases, before it is late and after."""

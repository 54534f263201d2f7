"""Routing among people: who gets a task, who stands in for whom, and what happens when somebody leaves."""

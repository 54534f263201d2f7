"""Accounts: how people prove who they are. Passwords, sessions, single-use tokens, links to tasks."""

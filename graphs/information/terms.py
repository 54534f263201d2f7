"""The names that information requests go by, and how much of them there may be."""

from __future__ import annotations

from datetime import timedelta

PROCESS = "information_request"
"""The process whose cases send the mails."""
ASKS, REMINDS = "propose_request", "propose_reminder"
"""Its steps that propose them."""
MOVED = "information.moved"
"""The message by which such a case looks again at what became of its request. It says nothing more than that."""

MAIL_TOOL = "mail.send"

ASK_OUTSIDE, ASK_ANYONE = "task.ask_outside", "task.ask_anyone"
"""Permissions: to ask whom the case's address book names, and to write to an address of one's own choice."""
FREE = "free"
"""The source of an address that somebody chose freely."""

DUE, REMINDER, STOPPED = "information", "information_reminder", "information_stopped"
"""Subjects of timers: of a request's deadline and its reminder, and of an incident that stops its case."""
SOON = timedelta(days=3)
LONGEST = timedelta(days=45)
LOOKED_AFTER = timedelta(days=7)
"""How long a case waits at most until it looks again by itself."""
KEPT_FOR = timedelta(days=90)
MOST_OPEN = 10
"""Requests about one task that wait for their answer."""
MOST_REPLIES = 100
"""Mails that are kept with one request; what comes after them is refused by name."""

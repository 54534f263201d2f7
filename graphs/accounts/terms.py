"""Accounts' terms: how long things last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from graphs.accounts.password import Hasher


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """How long sessions, tokens and links last, and what hashes passwords.

    A session ends `session_idle` after its last request, and `session_life` after it began at the latest.
    `confirmation` is how recently a password must have been given to manage accounts.
    """

    session_idle: timedelta = timedelta(minutes=30)
    session_life: timedelta = timedelta(hours=12)
    confirmation: timedelta = timedelta(minutes=15)
    invitation_life: timedelta = timedelta(days=7)
    reset_life: timedelta = timedelta(hours=1)
    reset_gap: timedelta = timedelta(minutes=5)
    link_life: timedelta = timedelta(days=7)
    hasher: Hasher = field(default_factory=Hasher)

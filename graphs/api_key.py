"""API keys: what a caller proves with who they are."""

from __future__ import annotations

import secrets

KEY_BYTES = 32


def new_key() -> str:
    """A key that nobody can guess; it is shown once, and only its hash is stored."""
    return f"il_{secrets.token_urlsafe(KEY_BYTES)}"

"""API keys: what a caller proves with who they are."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

KEY_BYTES = 32
ID_BYTES = 6
MARK = "il_"
_ID = re.compile(rf"[0-9a-f]{{{2 * ID_BYTES}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecret:
    """A key of somebody, and the id of its row, which the key begins with: so a key that is found is known by sight."""

    id: str
    secret: str


def new_key() -> str:
    """A key that nobody can guess; it is shown once, and only its hash is stored."""
    return f"{MARK}{secrets.token_urlsafe(KEY_BYTES)}"


def new_secret() -> NewSecret:
    """A key that nobody can guess, which says at its beginning which one it is."""
    key_id = secrets.token_hex(ID_BYTES)
    return NewSecret(id=key_id, secret=f"{MARK}{key_id}_{secrets.token_urlsafe(KEY_BYTES)}")


def prefix_of(key_id: str) -> str | None:
    """What the key with that id begins with; None for one that does not say which it is."""
    return f"{MARK}{key_id}_" if _ID.fullmatch(key_id) else None

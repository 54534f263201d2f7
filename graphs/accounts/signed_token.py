"""Tokens that only this installation can spell out: a row's id, and a code over it under the installation's key.

The database holds the id alone. So a notice can name a token without holding it, and whoever reads the database, or a
copy of it, can open nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from enum import StrEnum

from graphs.runtime.seal import MAC_BYTES, Seal

ID_BYTES = 16
LENGTH = 64
"""Characters of a token: 48 bytes in base64 without padding."""


class Purpose(StrEnum):
    """What a token is good for; a token of one purpose is none of another."""

    ACCOUNT = "account-token"
    LINK = "task-link"


def spelled(seal: Seal, purpose: Purpose, row_id: str) -> str:
    """The token of the row."""
    return base64.urlsafe_b64encode(uuid.UUID(row_id).bytes + _code(seal, purpose, row_id)).decode()


def row_of(seal: Seal, purpose: Purpose, token: str) -> str | None:
    """The id of the row that the token is of; None for what this installation never spelled out."""
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    row_id = str(uuid.UUID(bytes=raw[:ID_BYTES]))
    return row_id if hmac.compare_digest(raw[ID_BYTES:], _code(seal, purpose, row_id)) else None


def _code(seal: Seal, purpose: Purpose, row_id: str) -> bytes:
    return seal.close(f"accounts/{purpose}", row_id.encode())[:MAC_BYTES]

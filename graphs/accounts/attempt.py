"""A sign-in with an identity provider, while somebody is there: all that ties its end to its beginning.

One secret stands in the browser's cookie; `state`, `nonce` and the verifier of the code (PKCE) follow from it. So the
database holds its hash alone, and only the browser that was sent away can come back.
"""

from __future__ import annotations

import hashlib
import hmac
import re

from graphs.accounts.session import SECRET_LENGTH

MAX_PATH = 500
PATH = re.compile(r"/(?![/\\])[\x21-\x5b\x5d-\x7e]*")
"""A path of ours, with its query: neither another server's (`//…`) nor anything that a browser takes for one."""


def attempt_hash(secret: str) -> str:
    """SHA-256 (hex) of what stands in the cookie."""
    return hashlib.sha256(secret.encode()).hexdigest()


def state_of(secret: str) -> str:
    """What the provider hands back with the code: it says that this browser has asked."""
    return _follows(secret, b"interlock sign-in state")


def nonce_of(secret: str) -> str:
    """What the ID token must hold: it was made for this sign-in."""
    return _follows(secret, b"interlock sign-in nonce")


def verifier_of(secret: str) -> str:
    """What redeems the code, and never passes the browser's address line (RFC 7636)."""
    return _follows(secret, b"interlock sign-in verifier")


def is_of(secret: str, state: str) -> bool:
    """Whether the state was made for the browser with this secret."""
    return hmac.compare_digest(state_of(secret).encode(), state.encode("utf-8", "replace"))


def is_secret(text: str) -> bool:
    """Whether this could be the secret of an attempt."""
    return len(text) == SECRET_LENGTH and text.isascii()


def safe_path(path: str | None) -> str:
    """Where to go afterwards: a path of the console, or its first page where it is none."""
    return path if path is not None and len(path) <= MAX_PATH and PATH.fullmatch(path) else "/"


def _follows(secret: str, what: bytes) -> str:
    return hmac.digest(secret.encode(), what, "sha256").hex()

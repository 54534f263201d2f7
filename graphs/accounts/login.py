"""Login names: how they are compared, and which may be given out."""

from __future__ import annotations

import re
import unicodedata

from graphs.accounts.errors import LoginInvalid

NEW_LOGIN = re.compile(r"[a-z0-9](?:[a-z0-9._@+-]{0,62}[a-z0-9])?")
"""One script, so that no two logins look alike and are not: a Cyrillic `а` is none of these letters."""


def folded(login: str) -> str:
    """What two spellings of one login have in common: compatibility forms (NFKC) and case do not count."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", login).casefold()).strip()


def new_login(login: str) -> str:
    """The login as it is given out. Raises `LoginInvalid`."""
    lower = login.lower()
    if not NEW_LOGIN.fullmatch(lower):
        raise LoginInvalid(
            "a login has 1 to 64 letters a-z, digits and signs . _ @ + -, and begins and ends with a letter or a digit"
        )
    return lower

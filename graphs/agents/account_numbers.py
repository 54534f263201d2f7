"""Bank accounts in a text: who claims one wants money to go there, so that no text that holds one is harmless."""

from __future__ import annotations

import re

from stdnum import iban

CANDIDATE = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}")
SHORTEST = 15


def compact(account: str) -> str:
    """An account without blanks, in capitals."""
    return "".join(account.split()).upper()


def accounts_in(words: str) -> list[str]:
    """The valid IBANs that stand in a text, each once, without blanks."""
    found = (_account(compact(match.group())) for match in CANDIDATE.finditer(words.upper()))
    return list(dict.fromkeys(account for account in found if account))


def _account(candidate: str) -> str | None:
    """The longest beginning that is an IBAN: words that follow it may look like a part of it."""
    beginnings = (candidate[:length] for length in range(len(candidate), SHORTEST - 1, -1))
    return next((account for account in beginnings if iban.is_valid(account)), None)

"""What the text of a notice about accounts and links may hold beside the notice's values, and is never stored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.accounts.signed_token import Purpose, spelled
from graphs.runtime.seal import Seal

NAMED_BY = {"token_id": Purpose.ACCOUNT, "link_id": Purpose.LINK}
"""Which value of a notice names which kind of token."""


def told(seal: Seal, values: Mapping[str, Any]) -> dict[str, str]:
    """`token` for a notice whose values name one (`token_id`, `link_id`); nothing for any other."""
    for name, purpose in NAMED_BY.items():
        if name in values:
            return {"token": spelled(seal, purpose, str(values[name]))}
    return {}

"""Mail addresses: the plain form alone, so that nothing that is put into a header can be anything else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Protocol, runtime_checkable

from pydantic import AfterValidator

LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DOMAIN = re.compile(rf"{LABEL}(?:\.{LABEL})*")
LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
ANYBODY_AT = "*@"
LONGEST = 254
LONGEST_LOCAL = 64


@runtime_checkable
class Addressed(Protocol):
    """What sends mails, and knows to whom it may."""

    def may_go_to(self, address: str) -> bool:
        """Whether a mail may go there."""
        ...


def domain_of(address: str) -> str:
    """What stands behind the last @, in small letters."""
    return address.rpartition("@")[2].casefold()


def is_address(text: str) -> bool:
    """Whether `text` is a plain address: no name, no comment, no quotes, ASCII only (a domain as punycode)."""
    local, _, domain = text.rpartition("@")
    fits = len(text) <= LONGEST and len(local) <= LONGEST_LOCAL
    return fits and LOCAL.fullmatch(local) is not None and DOMAIN.fullmatch(domain) is not None


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("write a plain address such as name@example.com")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.casefold()}"


def _pattern(text: str) -> str:
    if text.startswith(ANYBODY_AT) and DOMAIN.fullmatch(text.removeprefix(ANYBODY_AT)):
        return text.casefold()
    if not is_address(text):
        raise ValueError("write a plain address, or *@example.com for everybody of a domain")
    return text.casefold()


Address = Annotated[str, AfterValidator(_address)]
"""One plain address; its domain in small letters."""
AddressPattern = Annotated[str, AfterValidator(_pattern)]
"""An address, or `*@domain` for everybody of exactly that domain."""


def is_allowed(address: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern names the address; without a pattern nobody is allowed."""
    return any(_names(pattern, address.casefold()) for pattern in patterns)


def _names(pattern: str, address: str) -> bool:
    if pattern.startswith(ANYBODY_AT):
        return domain_of(address) == domain_of(pattern)
    return pattern == address

"""What an identity provider says about somebody, read as login, organisation, name, address and roles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

MAX_NAME = 200
MAX_MAIL = 254
MAX_GROUPS = 1000
EMAIL, EMAIL_VERIFIED = "email", "email_verified"
Match = Literal["invitation", "login"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMapping:
    """Which claims count. Without `new_roles` nobody gets in who was not invited; with them, whom the provider knows.

    `match` says how an invited person is known the first time: by the link of their invitation, or also by `login`.
    `roles` are what groups stand for: those are given and taken as the provider says, all others are left alone.
    """

    tenant: str
    tenant_claim: str | None = None
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    roles_claim: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict[str, str])
    new_roles: tuple[str, ...] | None = None
    match: Match = "invitation"

    @property
    def needed(self) -> tuple[str, ...]:
        """The claims without which somebody cannot be placed."""
        needed = [self.login_claim, self.tenant_claim, self.roles_claim]
        return tuple(name for name in needed if name is not None)

    def tenant_of(self, claims: Mapping[str, Any]) -> str | None:
        """The organisation; None where the provider names none."""
        return self.tenant if self.tenant_claim is None else _text(claims.get(self.tenant_claim))

    def login_of(self, claims: Mapping[str, Any]) -> str | None:
        """The login; an address counts only if the provider has verified it."""
        login = _text(claims.get(self.login_claim))
        return None if self.login_claim == EMAIL and not is_verified(claims) else login

    def name_of(self, claims: Mapping[str, Any]) -> str | None:
        """The name as people write it."""
        return _text(claims.get(self.name_claim))

    def email_of(self, claims: Mapping[str, Any]) -> str | None:
        """The address, if the provider has verified that it is theirs."""
        address = _text(claims.get(EMAIL))
        return address if address is not None and is_verified(claims) and is_address(address) else None

    def roles_of(self, claims: Mapping[str, Any]) -> frozenset[str]:
        """The roles that the person's groups stand for; none where the provider says nothing of groups."""
        if self.roles_claim is None:
            return frozenset()
        said = claims.get(self.roles_claim)
        groups = [said] if isinstance(said, str) else list(said)[:MAX_GROUPS] if isinstance(said, list) else []
        return frozenset(self.roles[group] for group in groups if isinstance(group, str) and group in self.roles)

    @property
    def governed(self) -> frozenset[str]:
        """The roles that the provider decides about."""
        return frozenset(self.roles.values()) if self.roles_claim is not None else frozenset()


def is_verified(claims: Mapping[str, Any]) -> bool:
    """Whether the provider has seen that the address is the person's own; some write the word instead of the value."""
    return claims.get(EMAIL_VERIFIED) in (True, "true")


def is_address(text: str) -> bool:
    """Whether the text can be an address."""
    name, _, host = text.rpartition("@")
    return bool(name) and bool(host) and "@" not in name and len(text) <= MAX_MAIL and not any(map(str.isspace, text))


def _text(value: object) -> str | None:
    """A short text that can be stored and shown; None for anything else."""
    if not isinstance(value, str):
        return None
    text = value.strip()
    return text if 0 < len(text) <= MAX_NAME and text.isprintable() else None

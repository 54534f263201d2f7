"""Who may scrape: whoever knows the scrape token, or a person or service with the permission `metrics.read`.

The metrics are of the whole installation, so the permission counts only in the tenant that the installation is
named after (`INTERLOCK_TENANT`): another tenant's administrator does not see how much the others do.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from starlette.datastructures import Headers

from api.errors import SettingsInvalid
from graphs.errors import PermissionMissing
from graphs.intake import require
from graphs.store.people import Actor
from tools.secret import SecretMissing, SecretRef, resolve

METRICS_READ = "metrics.read"
PATH = "/metrics"
SHORTEST = 20
"""Characters of a token that nobody tries out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scraping:
    """The terms of scrapes: the token's reference, read at each scrape, and the tenant whose people may look."""

    token: SecretRef | None = None
    tenant: str = "main"

    def check(self) -> None:
        """Raises `SettingsInvalid` where the token is not there, or too short."""
        if self.token is None:
            return
        try:
            long_enough = len(resolve(self.token).get_secret_value()) >= SHORTEST
        except SecretMissing as error:
            raise SettingsInvalid(f"INTERLOCK_METRICS_TOKEN: {error}") from error
        if not long_enough:
            raise SettingsInvalid(
                f"INTERLOCK_METRICS_TOKEN: the token has fewer than {SHORTEST} characters: make one with "
                "`openssl rand -hex 32`"
            )

    def knows(self, headers: Headers) -> bool:
        """Whether the request carries the scrape token."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if self.token is None or scheme.lower() != "bearer":
            return False
        try:
            token = resolve(self.token).get_secret_value()
        except SecretMissing:
            return False
        return len(token) >= SHORTEST and hmac.compare_digest(given.strip().encode(), token.encode())

    def require(self, actor: Actor) -> None:
        """Raises `PermissionMissing` unless the actor may see the metrics of the whole installation."""
        require(actor, METRICS_READ)
        if actor.tenant != self.tenant:
            raise PermissionMissing(
                "metrics are of the whole installation: only people of the tenant that INTERLOCK_TENANT names see them"
            )

"""Pauses after failed attempts: they grow, they end, and all servers share them.

An attempt is counted before it is looked at, under the lock of its row: a hundred at once are a hundred. What fits is
taken back. A pause is never longer than its `longest`, so nobody can keep somebody else out for good.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from graphs.accounts.errors import SignInPaused
from graphs.store.account_pauses import SignInPauses
from graphs.store.database import Database

FORGOTTEN = timedelta(days=1)
"""A count that nothing was added to for so long begins anew."""
SITE_BITS = 64
"""An IPv6 address counts by its network: one site has as many addresses as it likes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """How pauses grow: the first `free` failures cost nothing, the next one `first`, each further one twice as much."""

    free: int
    first: timedelta
    longest: timedelta

    def after(self, failures: int) -> timedelta:
        """The pause after so many failures."""
        beyond = failures - self.free
        return min(self.longest, self.first * 2 ** min(beyond - 1, 30)) if beyond > 0 else timedelta(0)


OF_ACCOUNT = Growth(free=5, first=timedelta(seconds=1), longest=timedelta(minutes=5))
OF_ADDRESS = Growth(free=20, first=timedelta(seconds=1), longest=timedelta(minutes=1))
OF_ASKING = Growth(free=5, first=timedelta(seconds=10), longest=timedelta(minutes=10))
"""Asking for a reset: nothing tells whether it succeeded, so nothing is taken back."""

OF_BEGINNING = Growth(free=100, first=timedelta(seconds=1), longest=timedelta(minutes=1))
"""Being sent to the identity provider: a company begins its day behind one address. Who comes back is taken off."""


def account_key(tenant: str, login_key: str) -> str:
    """Under which key attempts at an account count, whether it is there or not."""
    return _hashed("account", tenant, login_key)


def address_key(address: str, *, what: str = "address") -> str:
    """Under which key attempts from an address count."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return _hashed(what, address)
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return _hashed(what, str(ipaddress.ip_network((found, SITE_BITS), strict=False)))
    return _hashed(what, str(getattr(found, "ipv4_mapped", None) or found))


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """Counts attempts."""

    database: Database
    clock: Callable[[], datetime]

    async def admit(self, key: str, growth: Growth) -> None:
        """Count an attempt as failed, until it is forgiven. Raises `SignInPaused` while none is taken."""
        now = self.clock()
        until = None
        async with self.database.unit_of_work() as unit:
            pauses = SignInPauses(unit.session)
            failures = await pauses.count(key, now=now, forgotten=now - FORGOTTEN)
            if failures is None:
                until = await pauses.until(key)
            elif growth.after(failures):
                await pauses.pause(key, until=now + growth.after(failures))
        if failures is None:
            wait_for = max(until - now, timedelta(seconds=1)) if until else timedelta(seconds=1)
            raise SignInPaused(
                f"too many attempts failed: the next is taken in {wait_for.total_seconds():.0f} s", wait_for=wait_for
            )

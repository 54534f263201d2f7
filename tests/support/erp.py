"""An ERP behind a socket, and clients of it."""

from __future__ import annotations

from dataclasses import dataclass

from tools.erp.sandbox_server import RunningTryton
from tools.erp.tryton import TrytonErp
from tools.erp.tryton_rpc import TrytonSession
from tools.testing.erp import RemoteMemoryErp


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """An ERP behind a socket: what a client of it needs."""

    kind: str
    url: str
    tryton: RunningTryton | None

    def client(self, url: str | None = None, *, call_timeout_seconds: float = 20.0) -> RemoteMemoryErp | TrytonErp:
        """A client, by way of `url` if one is given."""
        if self.tryton is None:
            return RemoteMemoryErp(url or self.url, call_timeout_seconds=call_timeout_seconds)
        reached = url or self.url
        vendors, database = self.tryton.vendors, self.tryton.database
        return TrytonErp(
            TrytonSession(
                reached,
                database=database,
                user=self.tryton.user,
                password=self.tryton.password,
                call_timeout_seconds=call_timeout_seconds,
            ),
            vendors=TrytonSession(
                reached,
                database=database,
                user=vendors.user,
                password=vendors.password,
                call_timeout_seconds=call_timeout_seconds,
            ),
        )

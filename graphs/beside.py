"""What else belongs to the transaction of an order: checked before it, written after it, undone with it."""

from __future__ import annotations

from typing import Protocol

from graphs.store.database import UnitOfWork


class Beside(Protocol):
    """Joins the transaction of an order. Whatever either method raises undoes the order."""

    async def before(self, unit: UnitOfWork) -> None:
        """Check what must still be so."""
        ...

    async def after(self, unit: UnitOfWork) -> None:
        """Write what goes with the order, once all of it is written."""
        ...


class Alone:
    """Nothing: the order stands alone."""

    async def before(self, unit: UnitOfWork) -> None:
        """Nothing to check."""

    async def after(self, unit: UnitOfWork) -> None:
        """Nothing to write."""


ALONE = Alone()

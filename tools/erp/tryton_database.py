"""One Tryton database as the parts of the connector use it: searches, presses of buttons, wizards, master data."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from tools.erp import tryton_records as records
from tools.erp.tryton_rpc import TRYTON, TrytonSession, warning_code
from tools.erp.values import Acknowledged
from tools.errors import Permanent, TargetWarning
from tools.limits import Breaker, TargetLimits

ARCHIVED_TOO = ("active", "in", [True, False])
PURCHASE_TAX = ["OR", ("group", "=", None), ("group.kind", "in", ["purchase", "both"])]
BREAKER = Breaker(failures=5, cool_down=timedelta(seconds=30))
CALLS_AT_ONCE = 16
POSTINGS_AT_ONCE = 1
"""Postings take the next number of one sequence, and Tryton takes its lock without waiting: more of them at once undo
each other, over and over."""


def record_id(text: str) -> int | None:
    """The number of a record, or None when `text` cannot be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def literal(text: str) -> str:
    """`text` for `ilike`, with its wildcards taken literally."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


class TrytonDatabase:
    """A Tryton database with its master data remembered."""

    def __init__(
        self,
        session: TrytonSession,
        *,
        vendors: TrytonSession | None = None,
        blocked_category: str = "Blocked for purchasing",
        limits: TargetLimits | None = None,
        posting_limits: TargetLimits | None = None,
    ) -> None:
        """`vendors` is the user that may change the vendor master; without it nothing changes it.

        Suppliers in the party category `blocked_category` are blocked.
        """
        self._session = session
        self._vendors = vendors
        self._blocked_category = blocked_category
        self._known: dict[str, int] = {}
        self.limits = limits or TargetLimits(max_concurrent=CALLS_AT_ONCE, breaker=BREAKER)
        self.posting_limits = posting_limits or TargetLimits(max_concurrent=POSTINGS_AT_ONCE, breaker=BREAKER)

    @property
    def call_timeout_seconds(self) -> float:
        return self._session.call_timeout_seconds

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.aclose()
        if self._vendors is not None:
            await self._vendors.aclose()

    async def _search(
        self, model: str, domain: list[Any], fields: list[str], *, limit: int, order: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self._session.read(
            f"model.{model}.search_read", domain, 0, limit, order, fields
        )
        return found

    async def _press(self, model: str, button: str, number: int, acknowledged: Acknowledged = ()) -> None:
        """A button of a record, with exactly these warnings acknowledged. Tryton says nothing if it does not fit."""
        await self._acknowledge(acknowledged, f"{model},{number}")
        await self._session.write(f"model.{model}.{button}", [number])

    async def _run_wizard(self, name: str, model: str, numbers: list[int], acknowledged: Acknowledged = ()) -> None:
        """A wizard that asks nothing, on these records."""
        active = {"active_model": model, "active_id": numbers[0], "active_ids": numbers}
        await self._acknowledge(acknowledged, f"{model},{numbers[0]}")
        wizard, state, _end = await self._session.write(f"wizard.{name}.create")
        await self._session.write(f"wizard.{name}.execute", wizard, {}, state, context=active)
        await self._session.write(f"wizard.{name}.delete", wizard)

    async def _acknowledge(self, names: Acknowledged, record: str) -> None:
        """Tell Tryton that these warnings were read. Raises `TargetWarning` where another stands acknowledged.

        Tryton uses an acknowledgement up with the call that it let pass, and keeps it when the call failed for another
        reason; the user may read but not delete it. One that nobody has approved for this call is asked anew.
        """
        # Tryton names the warnings of a record by the digest of the record's name.
        digest = hashlib.md5(record.encode(), usedforsecurity=False).hexdigest()
        own = [("user", "=", await self._session.user_id()), ("name", "like", f"{digest}.%")]
        standing = {row["name"] for row in await self._search("res.user.warning", own, ["name"], limit=100)}
        for name in sorted(standing - set(names)):
            code = warning_code(name)
            message = f"{code}: it was acknowledged before, for a call that failed"
            raise TargetWarning(message, warning=name, tool=TRYTON, code=code)
        for name in names:
            if name not in standing:
                await self._session.write("model.res.user.warning.skip", name)

    async def _party(self, supplier_id: str) -> dict[str, Any]:
        """The party of a supplier that may be traded with. Raises `Permanent`."""
        fields = ["active", "categories.name", "addresses", "account_payable", "supplier_payment_term"]
        domain = [("id", "=", record_id(supplier_id) or -1), ARCHIVED_TOO]
        found = await self._search("party.party", domain, fields, limit=1)
        if not found:
            raise refused(f"the ERP has no supplier {supplier_id!r}", "not_found")
        party = found[0]
        categories = {category["name"] for category in records.rows(party, "categories")}
        if not party["active"] or self._blocked_category in categories:
            raise refused(f"supplier {supplier_id} is blocked", "supplier_blocked")
        if not party["addresses"]:
            raise refused(f"supplier {supplier_id} has no address; add one", "no_address")
        return party

    async def _currency(self, code: str) -> int:
        return await self._id_of("currency.currency", [("code", "=", code)], f"currency {code}")

    async def _tax(self, rate: Any) -> int:
        what = f"tax of {records.exact(rate * 100)} % (account.tax with rate {rate})"
        return await self._id_of("account.tax", [("rate", "=", rate), ("parent", "=", None), PURCHASE_TAX], what)

    async def _warehouse(self) -> dict[str, Any]:
        fields = ["input_location", "storage_location"]
        found = await self._search("stock.location", [("type", "=", "warehouse")], fields, limit=2)
        if len(found) != 1:
            raise refused("the ERP must have exactly one warehouse that the user sees", "not_configured")
        return found[0]

    async def _account(self, setting: str) -> int:
        """An account of the ERP's accounting settings."""
        if setting not in self._known:
            (found,) = await self._session.read("model.account.configuration.read", [1], [setting])
            if found[setting] is None:
                raise refused(f"set {setting} in the ERP's accounting settings", "not_configured")
            self._known[setting] = found[setting]
        return self._known[setting]

    async def _id_of(self, model: str, domain: list[Any], what: str) -> int:
        """The only record of master data in `domain`; remembered."""
        name = f"{model} {domain}"
        if name not in self._known:
            found = await self._search(model, domain, ["id"], limit=2)
            if len(found) != 1:
                known = "no" if not found else "more than one"
                raise refused(f"the ERP has {known} {what}", "not_configured")
            self._known[name] = found[0]["id"]
        return self._known[name]


def refused(message: str, code: str) -> Permanent:
    """A refusal by name."""
    return Permanent(message, tool=TRYTON, code=code)


def illegal(what: str, state: str, wanted: str) -> Permanent:
    """The refusal of a transition that Tryton would have ignored without a word."""
    return refused(f"{what} is {state} and cannot become {wanted}", "illegal_transition")

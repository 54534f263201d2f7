"""The vendor master on Tryton. Its bank accounts are changed by a user of their own, if one is configured."""

from __future__ import annotations

from typing import Any

from tools.erp import tryton_records as records
from tools.erp.parties import NewSupplier, Supplier
from tools.erp.tryton_database import ARCHIVED_TOO, TrytonDatabase, literal, record_id, refused
from tools.erp.tryton_rpc import TrytonSession


def compact(vat_id: str) -> str:
    """A VAT id without blanks and punctuation, as Tryton's compact code."""
    return "".join(character for character in vat_id.upper() if character.isalnum())


class TrytonParties(TrytonDatabase):
    """The vendor master of the ERP port on one Tryton database.

    The key of a new supplier is an identifier of it, the key of a bank change a number of the new bank account.
    """

    async def find_supplier(self, *, vat_id: str = "", name: str = "") -> Supplier | None:
        code = compact(vat_id)
        if not (code or name.strip()):
            return None
        if code:
            # A European identifier keeps its country prefix, a national one carries it in its type.
            national = [("code_compact", "=", code[2:]), ("type", "like", f"{code[:2].lower()}\\_%")]
            by_code = ["OR", ("code_compact", "=", code), national]
            found = await self._search("party.identifier", by_code, ["party"], limit=10)
            parties = {identifier["party"] for identifier in found}
            domain: list[Any] = [("id", "in", sorted(parties)), ARCHIVED_TOO]
        else:
            domain = [("name", "ilike", literal(name.strip())), ARCHIVED_TOO]
        matches = await self._search("party.party", domain, records.SUPPLIER_FIELDS, limit=2)
        if len(matches) > 1:
            raise refused(f"several suppliers match {vat_id or name!r}", "ambiguous_supplier")
        return self._supplier(matches[0]) if matches else None

    async def read_supplier(self, supplier_id: str) -> Supplier | None:
        domain = [("id", "=", record_id(supplier_id) or -1), ARCHIVED_TOO]
        found = await self._search("party.party", domain, records.SUPPLIER_FIELDS, limit=1)
        return self._supplier(found[0]) if found else None

    async def find_supplier_by_key(self, key: str) -> Supplier | None:
        mark = records.marked(key)
        carries = ["OR", ("identifiers.code", "=", mark), ("bank_accounts.numbers.number", "=", mark)]
        found = await self._search("party.party", [carries, ARCHIVED_TOO], records.SUPPLIER_FIELDS, limit=1)
        return self._supplier(found[0]) if found else None

    async def create_supplier(self, new: NewSupplier, *, key: str) -> Supplier:
        done = await self.find_supplier_by_key(key)
        if done:
            return done
        vendors = self._master()
        if await self.find_supplier(vat_id=new.vat_id):
            raise refused(f"the ERP has a supplier with the VAT id {new.vat_id} already", "already_exists")
        (number,) = await vendors.write("model.party.party.create", [await self._supplier_values(new, key)])
        return await self._reread_supplier(str(number), key)

    async def change_bank_account(self, supplier_id: str, *, iban: str, replaces: str | None, key: str) -> Supplier:
        done = await self.find_supplier_by_key(key)
        if done:
            return done
        vendors = self._master()
        party = record_id(supplier_id) or -1
        held = await self._search("party.party", [("id", "=", party)], records.BANK_FIELDS, limit=1)
        if not held:
            raise refused(f"the ERP has no supplier {supplier_id!r}", "not_found")
        by_iban = records.accounts_by_iban(held[0])
        if iban in by_iban:
            raise refused("the supplier has that bank account already", "already_exists")
        if replaces is not None and replaces not in by_iban:
            raise refused("the supplier has no such bank account to replace", "not_found")
        numbers = [{"type": "iban", "number": iban}, {"type": "other", "number": records.marked(key)}]
        change: list[Any] = [["create", [{"numbers": [["create", numbers]]}]]]
        if replaces is not None:
            retired = by_iban[replaces]
            retiring = [number["id"] for number in records.rows(retired, "numbers")]
            inactive = {"active": False, "numbers": [["write", retiring, {"active": False}]]}
            change.append(["write", [retired["id"]], inactive])
        await vendors.write("model.party.party.write", [party], {"bank_accounts": change})
        return await self._reread_supplier(supplier_id, key)

    def _supplier(self, record: dict[str, Any]) -> Supplier:
        return records.supplier(record, blocked_category=self._blocked_category)

    def _master(self) -> TrytonSession:
        if self._vendors is None:
            raise refused("no user is configured that may change the vendor master", "not_configured")
        return self._vendors

    async def _supplier_values(self, new: NewSupplier, key: str) -> dict[str, Any]:
        country = await self._id_of("country.country", [("code", "=", new.country)], f"country {new.country}")
        street = {"street_unstructured": new.street, "postal_code": new.postal_code, "city": new.city}
        code = compact(new.vat_id)
        # Tryton knows the numbers of the European Union by one type, and the others by their country.
        national = new.country == "GB"
        tax_number = {"type": "gb_vat" if national else "eu_vat", "code": code.removeprefix("GB") if national else code}
        mails = [{"type": "email", "value": new.email}] if new.email else []
        return {
            "name": new.name,
            "addresses": [["create", [{**street, "country": country}]]],
            "identifiers": [["create", [tax_number, {"type": None, "code": records.marked(key)}]]],
            "contact_mechanisms": [["create", mails]] if mails else [],
        }

    async def _reread_supplier(self, supplier_id: str, key: str) -> Supplier:
        made = await self.find_supplier_by_key(key)
        if made is None or made.supplier_id != supplier_id:
            raise refused(f"supplier {supplier_id} is not there as it was sent", "not_as_written")
        return made

"""What the seed cannot say through Tryton: when its records were made, and that VAT ids were checked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg

VAT_IDS_ARE_VALID = """
UPDATE party_identifier SET eu_vat_valid = true, eu_vat_validated_at = now() WHERE type = 'eu_vat'
"""
SUPPLIER_CREATED = "UPDATE party_party SET create_date = %s WHERE code = %s RETURNING id"
BANK_NUMBERS_CHANGED = """
UPDATE bank_account_number SET create_date = %(on)s, write_date = NULL
WHERE account IN (SELECT account FROM "bank_account-party_party" WHERE owner = %(party)s)
"""
BANK_ACCOUNTS_CHANGED = """
UPDATE bank_account SET create_date = %(on)s, write_date = NULL
WHERE id IN (SELECT account FROM "bank_account-party_party" WHERE owner = %(party)s)
"""


def backdate(connection: psycopg.Connection[tuple[Any, ...]], data: Path) -> None:
    """Give suppliers and bank accounts the days of the seed data, instead of the day of seeding.

    VAT ids count as checked: the sandbox must not ask the European Commission's service.
    """
    connection.execute(VAT_IDS_ARE_VALID)
    for supplier in json.loads(data.read_text())["suppliers"]:
        found = connection.execute(SUPPLIER_CREATED, (supplier["created_on"], supplier["code"])).fetchone()
        if found is None:
            raise LookupError(f"the seed made no supplier {supplier['code']}")
        values = {"on": supplier["bank_changed_on"], "party": found[0]}
        connection.execute(BANK_NUMBERS_CHANGED, values)
        connection.execute(BANK_ACCOUNTS_CHANGED, values)

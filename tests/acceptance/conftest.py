"""Accounts payable on a database of its own."""

from __future__ import annotations

import pytest

from graphs.store.database import Database
from tests.conftest import TestDatabase
from tests.support.accounts_payable import AccountsPayable
from tests.support.people import populate


@pytest.fixture
async def payable(database: Database, own_database: TestDatabase) -> AccountsPayable:
    """People, process, rules and the twin of the ERP."""
    await populate(database)
    return AccountsPayable(database=database, url=own_database.app_url)

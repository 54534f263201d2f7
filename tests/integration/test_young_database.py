"""A database that PostgreSQL has not analysed yet: a row is found by its key, however many others its tenant has."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import AsyncConnection

from graphs.store import statements
from graphs.store.case_list import case_query
from graphs.store.case_search import EVERY_CASE, CaseOrder
from graphs.store.claims import CREATE_CLAIM
from graphs.store.inbox_tabs import Place
from graphs.store.patience import patient
from graphs.store.statements import Statement
from graphs.store.tables import TENANT_TABLES
from tests.conftest import TestDatabase
from tests.support.engine import Engine
from tests.support.plans import plan_of

BY_KEY = {
    statements.FENCE: ["cases_pkey"],
    statements.ANSWER: ["tasks_pkey"],
    statements.CONTINUE: ["cases_pkey"],
    statements.WRITES: ["checkpoints_pkey"],
    statements.ENDED: ["checkpoints_pkey", "timers_of_case"],
    statements.TIMERS_OFF: ["timer_of_subject"],
    statements.DUTIES: ["duties_of_subject"],
    statements.DUTIES_WITHDRAWN: ["duty_acts_pkey"],
    statements.TEMPLATES_WRONG: ["document_templates_pkey"],
    statements.EFFECT_RESENT: ["effect_by_key"],
    statements.EFFECT_CONCLUDED: ["effect_by_key"],
}
IN_A_SUBPLAN = {"task_of_visit", "audit_of_case"}
READ_ONCE = re.compile(r"COALESCE\(\(+tenant\)?(::text)? = ANY \((\(InitPlan \d+\)\.col1|\$\d+)\)\), false\)")
"""The filter as PostgreSQL shows it, from version 17 on and before."""


def generic(statement: Statement) -> str:
    """The statement with numbered parameters, as the flush's function keeps it planned."""
    sql = statement.sql.replace(statements.ROWS, statement.rows)
    for number, (name, kind) in enumerate(statement.columns, start=1):
        sql = sql.replace(f"{statement.parameter(name)},", f"${number}::{kind}[],")
        sql = sql.replace(f"{statement.parameter(name)})", f"${number}::{kind}[])")
    return sql


@pytest.mark.parametrize("statement", BY_KEY, ids=lambda statement: statement.name)
async def test_the_writer_finds_each_row_by_its_key(own_database: TestDatabase, statement: Statement) -> None:
    async with await AsyncConnection.connect(own_database.app_url, **patient(None)) as connection:
        rows = await (
            await connection.execute(f"EXPLAIN (GENERIC_PLAN) {generic(statement)}".encode(), prepare=False)
        ).fetchall()
    plan = "\n".join(line for (line,) in rows)
    indexes = set(re.findall(r"Scan (?:Backward )?using (\w+)", plan)) - IN_A_SUBPLAN
    assert sorted(indexes) == BY_KEY[statement]
    assert "Seq Scan" not in plan


async def test_a_claim_finds_the_answers_of_its_cases_and_not_all_that_were_ever_given(
    own_database: TestDatabase,
) -> None:
    claim = CREATE_CLAIM.partition("RETURN QUERY")[2].partition(";")[0].replace("(mine)", "($1::text[])")
    async with await AsyncConnection.connect(own_database.app_url, **patient(None)) as connection:
        rows = await (await connection.execute(f"EXPLAIN (GENERIC_PLAN) {claim}".encode(), prepare=False)).fetchall()
    plan = "\n".join(line for (line,) in rows)
    assert re.findall(r"using (\w+) on tasks", plan) == ["task_of_visit"]
    assert "Seq Scan" not in plan


@pytest.mark.parametrize("table", TENANT_TABLES)
async def test_what_a_tenant_may_see_is_read_once_a_statement_and_by_no_index(engine: Engine, table: str) -> None:
    plan = await plan_of(engine.database, f"SELECT 1 FROM {table}")
    assert READ_ONCE.search(plan), plan
    assert "app.tenants" not in plan
    assert "Index Cond" not in plan


def test_every_tenants_table_is_written_under_the_condition_it_is_read_under(own_database: TestDatabase) -> None:
    with psycopg.connect(own_database.owner_url) as owner:
        policies = owner.execute(
            "SELECT tablename, qual, with_check FROM pg_policies WHERE policyname = 'tenant_rows'"
        ).fetchall()
    assert {table for table, _, _ in policies} == set(TENANT_TABLES)
    conditions = {condition for _, *both in policies for condition in both}
    assert len({"".join(condition.split()).replace("(tenant)::text", "tenant") for condition in conditions}) == 1


@pytest.mark.parametrize("after", [None, Place(at=datetime(2026, 1, 1, tzinfo=UTC), id="some")])
async def test_no_page_of_cases_is_sorted_as_a_whole(engine: Engine, after: Place | None) -> None:
    now = engine.clock()
    query, values = case_query("acme", EVERY_CASE, CaseOrder.NEWEST, after=after, limit=50, now=now)
    plan = await plan_of(engine.database, query.text, values)
    assert re.search(r"Index (Only )?Scan Backward using cases_by_age", plan), plan

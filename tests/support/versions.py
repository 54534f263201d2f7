"""Variants and later versions of the toy, and rows as they stand in the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psycopg import AsyncConnection

from graphs.process import ProcessDefinition
from graphs.processes import procure_to_pay
from graphs.processes.procure_to_pay.definition import LATEST
from graphs.state import CaseView
from graphs.steps import ActionDraft, AnyStep
from tests.support.toy import toy_definition

TABLES = (
    "cases",
    "checkpoints",
    "tasks",
    "timers",
    "effects",
    "incidents",
    "audit_entries",
    "audit_values",
    "audit_heads",
)


def second(**changes: Mapping[str, Any]) -> ProcessDefinition:
    """toy@2: the toy with the steps in `changes` replaced so; everything else is as in toy@1."""
    return without(**changes)


def changed(step: AnyStep, fields: Mapping[str, Any]) -> AnyStep:
    return replace(step, **fields) if fields else step


def renamed_review() -> ProcessDefinition:
    """toy@2: `approve` is called `approve_amount`."""
    return second(approve={"name": "approve_amount"}, propose={"review": "approve_amount"})


def without(*names: str, **changes: Mapping[str, Any]) -> ProcessDefinition:
    """toy@2 without some steps."""
    definition = toy_definition(version=2)
    steps = tuple(changed(s, changes.get(s.name, {})) for s in definition.steps if s.name not in names)
    return replace(definition, steps=steps)


def skippable(*names: str) -> ProcessDefinition:
    """toy@1 with steps that a person may skip."""
    steps = tuple(replace(step, skippable=True) if step.name in names else step for step in toy_definition().steps)
    return replace(toy_definition(), steps=steps)


def unchecked() -> ProcessDefinition:
    """toy@2 without `check` and `resolve`: what was looked up is proposed."""
    return without("check", "resolve", look_up={"next": "propose"}, approve={"correct_to": "propose"})


def one_more(case: CaseView) -> ActionDraft:
    """Another action than toy@1 drafts."""
    return ActionDraft(tool="toy.write", arguments={"amount": int(case.value("amount") or 0) + 1})


async def rows_of(url: str) -> dict[str, str]:
    """A digest of every row of the engine's tables, by table."""
    found: dict[str, str] = {}
    async with await AsyncConnection.connect(url) as connection:
        for table in TABLES:
            cursor = await connection.execute(f"SELECT t::text FROM {table} t ORDER BY 1".encode())
            text = "\n".join(row[0] for row in await cursor.fetchall())
            found[table] = hashlib.sha256(text.encode()).hexdigest()
    return found


def next_procure_to_pay() -> ProcessDefinition:
    """Procure-to-Pay as it is, as the next version."""
    return replace(procure_to_pay.definition(), version=LATEST + 1)

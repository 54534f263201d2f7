"""The toy as processes with duties: a bank change, a payment, an invoice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from sqlalchemy import select

from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import AnyStep, EffectStep, ReviewStep, StepDuty
from graphs.store.database import Database
from graphs.store.duty_tables import AuthorityRow, DelegationRow, DutyActRow
from graphs.store.people_tables import AuthorityLimit, User, UserRole
from tests.support.engine import Engine
from tests.support.toy import toy_definition

BORN = datetime(2026, 1, 1, tzinfo=UTC)


def vendor(case: CaseView) -> str | None:
    """The vendor is the case's subject; `?` is not known."""
    subject = str(case.input["subject"])
    return None if subject == "?" else f"vendor:{subject}"


def dutiful(version: int, *, review: str | None = None, effect: str | None = None) -> ProcessDefinition:
    """The toy whose approval or effect does a duty to the vendor."""
    toy = toy_definition(version=version)

    def changed(step: AnyStep) -> AnyStep:
        if isinstance(step, ReviewStep) and step.of == "propose" and review:
            return replace(step, duty=StepDuty(name=review, subject=vendor))
        if isinstance(step, EffectStep) and effect:
            return replace(step, duty=StepDuty(name=effect, subject=vendor))
        return step

    return replace(toy, steps=tuple(changed(step) for step in toy.steps))


BANK_CHANGE = dutiful(1, effect="vendor.bank_changed")
PAYMENT = dutiful(2, effect="payment.released")
SIGNED_CHANGE = dutiful(3, review="vendor.bank_changed")
SIGNED_PAYMENT = dutiful(4, review="payment.released")
INVOICE = dutiful(5, review="invoice.approved")


async def asked(
    engine: Engine, definition: ProcessDefinition, subject: str = "V1", *, login: str = "clara", amount: int = 60_000
) -> str:
    """A new case of the process that waits for an approval."""
    engine.definitions = (*(d for d in engine.definitions if d.version < definition.version), definition)
    engine.reader.amount = amount
    case_id = (await engine.start(subject=subject, login=login)).case.id
    await engine.advance(case_id)
    return case_id


async def acts(engine: Engine) -> list[DutyActRow]:
    """All acts on record, in order."""
    async with engine.database.unit_of_work("acme") as unit:
        return list((await unit.session.execute(select(DutyActRow).order_by("seq"))).scalars())


async def let(
    database: Database, giver: str, receiver: str, *, on: date, cap: int | None = None, until: date | None = None
) -> None:
    """`giver` lets `receiver` answer in their place."""
    async with database.unit_of_work("acme") as unit:
        unit.session.add(
            DelegationRow(
                id=f"{giver}-{receiver}",
                tenant="acme",
                giver=f"acme-{giver}",
                receiver=f"acme-{receiver}",
                cap_minor=cap,
                currency=None if cap is None else "EUR",
                effective_from=on,
                effective_to=until or on,
                given_at=BORN,
            )
        )


async def allow_role(
    database: Database, role: str, limit: int, *, entity: str = "any", matter: str = "approval", currency: str = "EUR"
) -> None:
    """A row of the matrix."""
    async with database.unit_of_work("acme") as unit:
        unit.session.add(
            AuthorityRow(
                id=f"{role}-{matter}-{entity}-{currency}",
                tenant="acme",
                role=role,
                matter=matter,
                entity=entity,
                currency=currency,
                limit_minor=limit,
                effective_from=date(2026, 1, 1),
                set_by="acme-sven",
                since=BORN,
            )
        )


async def add_agent(database: Database, *, sponsor: str | None, limit: int | None) -> None:
    """The agent `bot`, which may start cases."""
    async with database.unit_of_work("acme") as unit:
        await unit.people.add(
            User(
                id="acme-bot",
                tenant="acme",
                login="bot",
                name="Bot",
                kind="agent",
                created_at=BORN,
                sponsor_id=f"acme-{sponsor}" if sponsor else None,
            )
        )
        for role in ("clerk", "approver"):
            await unit.people.add(UserRole(tenant="acme", user_id="acme-bot", role=role))
        if limit is not None:
            await unit.people.add(
                AuthorityLimit(
                    id="bot-limit",
                    tenant="acme",
                    user_id="acme-bot",
                    subject="action",
                    max_minor=limit,
                    currency="EUR",
                    effective_from=date(2026, 1, 1),
                )
            )

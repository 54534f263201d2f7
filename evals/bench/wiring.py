"""How Interlock's side is put together: the only module of the benchmarks that knows the engine's constructors.

What the rules cost is measured by `Rules.ONE` against `Rules.TWENTY`. A further switch belongs into `Setup` and here.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from importlib.resources import files

import structlog

from evals.bench import p2p6, target
from evals.bench.plain import journaled
from evals.bench.setup import TENANT, Rules, Setup
from evals.bench.step_log import StepLog
from graphs.audit import prepare
from graphs.process import ProcessRegistry
from graphs.runtime.seal import Seal
from graphs.runtime.services import Services
from graphs.runtime.worker import Worker
from graphs.store.database import Database
from graphs.store.people import Actor
from graphs.store.people_tables import AuthorityLimit, Role, Tenant, User, UserRole
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from tools.clock import utc_now

STARTER = "starter"
REVIEWER = "reviewer"
LIMIT_MINOR = 100_000_000
BORN = datetime(2026, 1, 1, tzinfo=UTC)
CONNECTIONS = 16
CHECKPOINT_KEY = b"the key of all processes of a benchmark"

ROLES = {
    "starter": ["case.start", "case.read"],
    p2p6.CLERK: ["case.read", "task.read", "task.answer"],
    p2p6.APPROVER: ["case.read", "task.read", "task.answer"],
}
USERS = {STARTER: ("service", ("starter",)), REVIEWER: ("person", (p2p6.CLERK, p2p6.APPROVER))}


def log_to_stderr() -> None:
    """Keep the log out of what a process says on its standard output."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))


def rule_book(rules: Rules) -> RuleBook:
    """The rules of the benchmark, ready to judge. Raises `PackInvalid`."""
    text = (files("evals.bench") / f"{rules.value}.yaml").read_text(encoding="utf-8")
    return RuleBook(read_pack(text, name=rules.value))


@asynccontextmanager
async def open_services(setup: Setup) -> AsyncIterator[Services]:
    """Everything a worker, an intake or a desk needs, until the block ends."""
    log = StepLog(setup.folder / "steps" if setup.logs_steps else None)
    books = target.Books(setup.books)
    catalog = target.catalog(books, log, post_seconds=setup.post_seconds)
    entries = prepare if setup.assured else journaled
    database = Database(setup.url, clock=utc_now, pool=CONNECTIONS, prepare=entries)
    try:
        yield Services(
            database=database,
            catalogs=lambda _tenant: catalog,
            rulebooks={p2p6.PACK: rule_book(setup.rules)},
            registry=ProcessRegistry([p2p6.definition(log)]),
            seal=Seal(CHECKPOINT_KEY),
        )
    finally:
        await database.close()


def worker(setup: Setup, services: Services) -> Worker:
    """The worker of one process."""
    return Worker(services=services, url=setup.url, concurrency=setup.concurrency, execution=setup.execution)


async def add_people(services: Services, tenant: str = TENANT) -> None:
    """One tenant: a service that starts cases, and a reviewer who may approve any of them."""
    async with services.database.unit_of_work(tenant) as unit:
        await unit.people.add(Tenant(id=tenant, name="Benchmark"))
        for role, permissions in ROLES.items():
            await unit.people.add(Role(tenant=tenant, name=role, title=role.title(), permissions=permissions))
        for login, (kind, roles) in USERS.items():
            user = User(
                id=f"{tenant}-{login}", tenant=tenant, login=login, name=login.title(), kind=kind, created_at=BORN
            )
            await unit.people.add(user)
            for role in roles:
                await unit.people.add(UserRole(tenant=tenant, user_id=user.id, role=role))
        await unit.people.add(
            AuthorityLimit(
                id=f"{tenant}-limit",
                tenant=tenant,
                user_id=f"{tenant}-{REVIEWER}",
                subject="approval",
                max_minor=LIMIT_MINOR,
                currency="EUR",
                effective_from=date(2026, 1, 1),
            )
        )


async def actor(services: Services, login: str, tenant: str = TENANT) -> Actor:
    """The actor behind a login."""
    async with services.database.unit_of_work(tenant) as unit:
        return await unit.people.actor(f"{tenant}-{login}")

"""A process of your own, from its rules to its audit trail: paying out petty cash.

Run it with `.venv/bin/python docs/examples/petty_cash.py`. It starts a PostgreSQL in a temporary folder, takes
three claims through the process and leaves nothing behind. `docs/how-to/define-a-process.md` walks through it.
"""

# ruff: noqa: T201  (an example prints what it shows)

from __future__ import annotations

import asyncio
import csv
import secrets
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar

from pydantic import BaseModel

from graphs.errors import Invalid
from graphs.intake import Intake
from graphs.process import ProcessDefinition, ProcessRegistry
from graphs.runtime.seal import Seal
from graphs.runtime.services import Services
from graphs.runtime.worker import Worker
from graphs.state import CaseView
from graphs.steps import (
    ActionDraft,
    AnyStep,
    Authority,
    DecisionStep,
    EffectStep,
    EndStep,
    ProposeStep,
    Reader,
    ReadStep,
    ReviewStep,
)
from graphs.store.database import Database
from graphs.store.databases import APP_ROLE, create_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.people import Actor
from graphs.store.people_tables import AuthorityLimit, Role, Tenant, User, UserRole
from graphs.store.schema import migrate
from graphs.store.tables import Case, Task
from graphs.tasks import Answer, TaskDesk
from policies.action import EffectKind
from policies.boundary_table import failures
from policies.fact import Fact, FactValue, Integrity, Source, SourceKind
from policies.judgement import RuleBook
from policies.pack_file import read_pack
from tools.catalog import Catalog
from tools.clock import utc_now
from tools.errors import Permanent
from tools.port import OutcomeLookup

TENANT = "demo"
RULES = Path(__file__).with_name("petty_cash.yaml")
CLAIMS: dict[str, dict[str, Any]] = {
    "C-1": {"employee": "Lena", "amount_minor": 1840, "receipt": True},
    "C-2": {"employee": "Lena", "amount_minor": 7500, "receipt": True},
    "C-3": {"employee": "Omar", "amount_minor": 990, "receipt": False},
}


# --- Tools: what touches the world -----------------------------------------------------------------


class ClaimNumber(BaseModel):
    """Which claim."""

    number: str


class ReadClaim:
    """Looks a claim up where claims are kept; here that is a dictionary."""

    name: ClassVar[str] = "claims.read"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = ClaimNumber
    time_limit: ClassVar[timedelta] = timedelta(seconds=1)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        """The claim. Raises `Permanent` for an unknown number."""
        number = ClaimNumber.model_validate(arguments).number
        if number not in CLAIMS:
            raise Permanent(f"there is no claim {number}", tool=self.name, code="claim_unknown")
        return dict(CLAIMS[number])

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """None: reading leaves nothing behind."""
        return None


class Payout(BaseModel):
    """What is paid out to whom."""

    employee: str
    amount_minor: int


class PayOut:
    """Writes a payout into the cash book, a CSV file, with our key in a column of its own."""

    name: ClassVar[str] = "cash.pay_out"
    effect_kind: ClassVar[EffectKind] = EffectKind.IRREVERSIBLE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = Payout
    time_limit: ClassVar[timedelta] = timedelta(seconds=1)

    def __init__(self, book: Path) -> None:
        self.book = book
        book.touch()

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        """The number of the new line."""
        payout = Payout.model_validate(arguments)
        with self.book.open("a", newline="") as file:
            csv.writer(file).writerow([key, payout.employee, payout.amount_minor])
        return {"line": len(self.lines())}

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """The line that an earlier call with this key has written."""
        written = [line[0] for line in self.lines()]
        return {"line": written.index(key) + 1} if key in written else None

    def lines(self) -> list[list[str]]:
        """Every line of the book: key, employee, amount in cents."""
        with self.book.open(newline="") as file:
            return list(csv.reader(file))


# --- The process: what happens next ----------------------------------------------------------------


def check_input(body: Mapping[str, Any]) -> None:
    """Raises `Invalid`: a case cannot start without the number of a claim."""
    if not body.get("claim"):
        raise Invalid("petty_cash needs a claim: its number")


async def read_claim(case: CaseView, reader: Reader) -> Mapping[str, Any]:
    """The claim's values as facts: where each came from, and that the system that keeps them is trusted."""
    number = case.input["claim"]
    claim = await reader.read("claims.read", {"number": number})
    source = Source(kind=SourceKind.SYSTEM_OF_RECORD, ref=f"claim {number}")
    facts = {
        name: Fact(value=claim[name], confidence=1.0, source=source, integrity=Integrity.TRUSTED)
        for name in ("employee", "amount_minor", "receipt")
    }
    return {"facts": facts}


def receipt_facts(case: CaseView) -> Mapping[str, FactValue]:
    """What is judged at the point `check`."""
    return {"claim.receipt": case.value("receipt")}


def amount_facts(case: CaseView) -> Mapping[str, FactValue]:
    """What is judged at the point `pay`."""
    return {"claim.amount": case.value("amount_minor")}


def payout(case: CaseView) -> ActionDraft:
    """The payout as it is proposed; the claim's number makes its key."""
    arguments = {"employee": case.value("employee"), "amount_minor": case.value("amount_minor")}
    return ActionDraft(tool="cash.pay_out", arguments=arguments, business_key=str(case.input["claim"]))


def needed_authority(case: CaseView) -> Authority:
    """Who approves needs a limit of at least the amount."""
    return Authority(subject="approval", amount_minor=int(case.value("amount_minor") or 0), currency="EUR")


def check_steps() -> tuple[AnyStep, ...]:
    """Read the claim; is there a receipt?"""
    return (
        ReadStep(name="read_claim", stage="intake", tools=("claims.read",), run=read_claim, next="check_receipt"),
        DecisionStep(
            name="check_receipt",
            stage="intake",
            point="check",
            facts=receipt_facts,
            allow="propose_payout",
            review="ask_for_receipt",
            deny="refused",
        ),
        ReviewStep(
            name="ask_for_receipt",
            stage="intake",
            of="check_receipt",
            role="approver",
            title=lambda case: f"Is there a receipt for {case.input['claim']}?",
            correct_to="read_claim",
            reject_to="refused",
            answer_within=timedelta(days=1),
        ),
    )


def payout_steps() -> tuple[AnyStep, ...]:
    """Propose, ask if it must be asked, pay out."""
    return (
        ProposeStep(
            name="propose_payout",
            stage="payout",
            point="pay",
            draft=payout,
            facts=amount_facts,
            allow="pay_out",
            review="approve_payout",
            deny="refused",
        ),
        ReviewStep(
            name="approve_payout",
            stage="payout",
            of="propose_payout",
            role="approver",
            title=lambda case: f"May {case.input['claim']} be paid out?",
            correct_to="read_claim",
            reject_to="refused",
            answer_within=timedelta(days=1),
            authority=needed_authority,
        ),
        EffectStep(name="pay_out", stage="payout", of="propose_payout", next="paid"),
    )


def petty_cash() -> ProcessDefinition:
    """`petty_cash@1`: read, decide, propose, pay out."""
    return ProcessDefinition(
        name="petty_cash",
        version=1,
        title="Petty cash",
        pack="petty_cash",
        start="read_claim",
        check_input=check_input,
        case_title=lambda body: f"Claim {body['claim']}",
        steps=(
            *check_steps(),
            *payout_steps(),
            EndStep(name="paid", stage="end", ends="done", outcome=lambda _case: "paid out"),
            EndStep(name="refused", stage="end", ends="rejected", outcome=lambda _case: "not paid out"),
        ),
    )


def rules() -> RuleBook:
    """The rules, compiled; every rule has to do what its boundary table says."""
    book = RuleBook(read_pack(RULES.read_text(encoding="utf-8"), name="petty_cash"))
    for failed in failures(book):
        raise failed
    return book


# --- The composition: who works with what ----------------------------------------------------------


async def add_people(database: Database) -> None:
    """A clerk who starts cases, and an approver with a limit of 100 €."""
    roles = {"clerk": ["case.start", "case.read"], "approver": ["case.read", "task.read", "task.answer"]}
    async with database.unit_of_work(TENANT) as unit:
        await unit.people.add(Tenant(id=TENANT, name="Demo"))
        for role, permissions in roles.items():
            await unit.people.add(Role(tenant=TENANT, name=role, title=role.title(), permissions=permissions))
        for login, role in (("carl", "clerk"), ("petra", "approver")):
            user = User(id=login, tenant=TENANT, login=login, name=login.title(), kind="person", created_at=utc_now())
            await unit.people.add(user)
            await unit.people.add(UserRole(tenant=TENANT, user_id=login, role=role))
        limit = AuthorityLimit(
            id="petra-approval",
            tenant=TENANT,
            user_id="petra",
            subject="approval",
            max_minor=10_000,
            currency="EUR",
            effective_from=date(2026, 1, 1),
        )
        await unit.people.add(limit)


async def person(database: Database, login: str) -> Actor:
    """Who acts. Over HTTP the actor comes from the API key."""
    async with database.unit_of_work(TENANT) as unit:
        return await unit.people.actor(login)


async def at_rest(database: Database, case_id: str) -> Case:
    """The case, as soon as it waits for somebody, has failed or has ended."""
    async with asyncio.timeout(30):
        while True:
            async with database.unit_of_work(TENANT) as unit:
                case = await unit.cases.get(case_id)
            if case.status != "running":
                return case
            await asyncio.sleep(0.05)


async def open_tasks(database: Database, case_id: str) -> list[Task]:
    """What people are asked about the case."""
    async with database.unit_of_work(TENANT) as unit:
        return list(await unit.inbox.listed(TENANT, status=("open",), assignee_id=None, case_id=case_id, limit=10))


async def take_through(services: Services, claim: str) -> None:
    """Start a case for the claim, approve what is asked, and print its way."""
    database = services.database
    carl, petra = await person(database, "carl"), await person(database, "petra")
    accepted = await Intake(services=services).start(carl, "petty_cash", {"claim": claim}, key=claim)
    case = await at_rest(database, accepted.case.id)
    for task in await open_tasks(database, case.id):
        print(f"{claim}: waits for {task.assignee_id}, because {task.reasons[0]['message']}")
        await TaskDesk(services=services).answer(petra, task.id, Answer(decision="approve", digest=task.digest))
        case = await at_rest(database, case.id)
    async with database.unit_of_work(TENANT) as unit:
        way = " → ".join(step.name for step in await unit.journal.of_case(case.id))
    print(f"{claim}: {way}")
    print(f"{claim}: {case.status}, {case.outcome}")


async def run(url: str, book: Path) -> None:
    """Wire the process, let a worker run, take the claims through, verify the audit trail."""
    database = Database(url, clock=utc_now)
    pay_out = PayOut(book)
    catalog = Catalog([ReadClaim(), pay_out])
    services = Services(
        database=database,
        catalogs=lambda _tenant: catalog,
        rulebooks={"petty_cash": rules()},
        registry=ProcessRegistry([petty_cash()]),
        seal=Seal(secrets.token_bytes(32)),
    )
    await add_people(database)
    async with Worker(services=services, url=url).running():
        for claim in CLAIMS:
            await take_through(services, claim)
    for _, employee, amount_minor in pay_out.lines():
        print(f"cash book: {employee} {amount_minor}")
    async with database.unit_of_work(TENANT, snapshot=True) as unit:
        audit = await unit.audit_log.verify(TENANT)
    print(f"audit trail: {audit.entries} entries, {'sound' if audit.sound else audit.problems}")
    await database.close()


def main() -> None:
    """Run on a PostgreSQL of our own, which is gone afterwards."""
    with TemporaryDirectory() as folder:
        postgres = EmbeddedPostgres.start(Path(folder) / "postgres")
        try:
            create_database(postgres.url(), "example")
            migrate(postgres.url("example"))
            asyncio.run(run(postgres.url("example", user=APP_ROLE), Path(folder) / "cash_book.csv"))
        finally:
            postgres.stop()


if __name__ == "__main__":
    main()

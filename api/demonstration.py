"""`make run`: start everything, send the sample documents in, show each case's way and end, and serve.

python -m api.demo [--once]
"""

from __future__ import annotations

import asyncio
import importlib
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from api.bootstrap import Interlock, open_interlock
from api.people import FIRST_USERS, user_id
from api.server import account_terms, serving
from api.servers import Servers
from api.signals import stop_requested
from graphs.accounts.desk import AccountDesk
from graphs.errors import TriggerMismatch
from graphs.intake import Incoming
from graphs.store.journal import StepVisit
from graphs.store.tables import Case, Effect, Incident, Task

if TYPE_CHECKING:
    from tools.testing.invoices.samples import Sample

PROCESS = "procure_to_pay"
GENERATOR = "tools.testing.invoices.samples"
SEED = 7
SETTLED = ("done", "rejected", "cancelled", "waiting", "incident")
PATIENCE = timedelta(seconds=120)
POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How far a sample's case has come."""

    sample: Sample
    case: Case
    steps: Sequence[StepVisit]
    tasks: Sequence[Task]
    effects: Sequence[Effect]
    incidents: Sequence[Incident]
    assignees: dict[str, str]

    @property
    def settled(self) -> bool:
        """Whether the case waits for a person, or has ended."""
        return self.case.status in SETTLED

    @property
    def end(self) -> str:
        """`review` once a person was asked, whatever they answered since; else the case's status."""
        return "review" if self.tasks else self.case.status

    @property
    def as_expected(self) -> bool:
        """Whether the case ended as the sample says, for the reasons it names."""
        reasons = {reason.get("exception") for task in self.tasks for reason in task.reasons}
        named = self.end != "review" or set(self.sample.exceptions) <= reasons
        return self.end in self.sample.expected_ends and named

    @property
    def reason(self) -> str:
        """Why the case is where it is, in one line."""
        if self.incidents:
            return f"incident: {self.incidents[-1].message}"
        if self.case.status == "waiting":
            task = self.tasks[-1]
            exceptions = dict.fromkeys(r.get("exception") or r["rule"] for r in task.reasons if r["severity"] != "warn")
            return f"{', '.join(exceptions)} → {self.assignees.get(task.assignee_id or '', 'nobody')}"
        return self.case.outcome or ""

    @property
    def path(self) -> str:
        """The stages the case went through."""
        return " › ".join(dict.fromkeys(step.stage for step in self.steps if step.stage != "end"))


async def send(interlock: Interlock, sample: Sample) -> str:
    """Send a sample in, once per data folder; returns its case's id."""
    tenant = interlock.servers.settings.tenant
    async with interlock.services.database.unit_of_work(tenant) as unit:
        sender = await unit.people.actor(user_id(tenant, "intake"))
    incoming = Incoming(
        name=sample.file_name,
        media_type=sample.media_type,
        content=sample.content,
        channel=sample.channel,
        sender=sample.sender,
    )
    key = f"sample-{sample.name}"
    try:
        return (await interlock.intake.document(sender, PROCESS, incoming, key=key)).case.id
    except TriggerMismatch:
        # The sample of an earlier day has been through; its dates were that day's.
        async with interlock.services.database.unit_of_work(tenant) as unit:
            earlier = await unit.cases.by_trigger(tenant, PROCESS, key)
        if earlier is None:
            raise
        return earlier.id


async def way_of(interlock: Interlock, sample: Sample, case_id: str) -> Way:
    """What has become of a sample."""
    tenant = interlock.servers.settings.tenant
    async with interlock.services.database.unit_of_work(tenant) as unit:
        every = ("open", "claimed", "answered", "lapsed", "cancelled")
        tasks = await unit.inbox.listed(tenant, status=every, case_id=case_id, limit=50)
        return Way(
            sample=sample,
            case=await unit.cases.get(case_id),
            steps=await unit.journal.of_case(case_id),
            tasks=sorted(tasks, key=lambda task: task.created_at),
            effects=await unit.effects.of_case(case_id),
            incidents=await unit.incidents.of_case(case_id),
            assignees=await unit.people.names([task.assignee_id for task in tasks if task.assignee_id]),
        )


async def run_samples(interlock: Interlock, samples: Sequence[Sample], console: Console) -> list[Way]:
    """Send all samples, those that follow another after it has ended, and watch until every case has settled."""
    ways: dict[str, Way] = {}
    with Live(console=console, refresh_per_second=2, transient=True) as live:
        for wave in (_first(samples), _following(samples)):
            done_before = len(ways)
            sent = {sample.name: (sample, await send(interlock, sample)) for sample in wave}
            deadline = time.monotonic() + PATIENCE.total_seconds()
            while len(ways) < len(sent) + done_before and time.monotonic() < deadline:
                for name in await settled(interlock, {n: case_id for n, (_, case_id) in sent.items() if n not in ways}):
                    ways[name] = await way_of(interlock, *sent[name])
                running = len(samples) - len(ways)
                live.update(Group(table_of(list(ways.values())), f"{running} of {len(samples)} under way …"))
                await asyncio.sleep(POLL_SECONDS)
            for name in sent.keys() - ways.keys():
                ways[name] = await way_of(interlock, *sent[name])
    return [ways[sample.name] for sample in samples]


async def settled(interlock: Interlock, case_ids: dict[str, str]) -> list[str]:
    """The samples whose cases wait or have ended."""
    async with interlock.services.database.unit_of_work(interlock.servers.settings.tenant) as unit:
        statuses = await unit.cases.statuses(list(case_ids.values()))
    return [name for name, case_id in case_ids.items() if statuses.get(case_id) in SETTLED]


def _first(samples: Sequence[Sample]) -> list[Sample]:
    return [sample for sample in samples if not sample.after]


def _following(samples: Sequence[Sample]) -> list[Sample]:
    return [sample for sample in samples if sample.after]


def table_of(ways: Sequence[Way]) -> Table:
    """Each case's way and end."""
    table = Table(title="Supplier invoices through Procure-to-Pay", title_justify="left", pad_edge=False)
    for column in ("Sample", "Document", "Channel", "Way", "End", "Why, and who has it", "s"):
        table.add_column(column, overflow="fold")
    for way in ways:
        table.add_row(
            way.sample.name,
            way.sample.file_name.rpartition(".")[2].upper(),
            way.sample.channel,
            way.path,
            end_text(way),
            Text(way.reason),
            f"{(way.case.updated_at - way.case.created_at).total_seconds():.1f}",
        )
    return table


def end_text(way: Way) -> Text:
    """The end, with a mark that does not depend on colour."""
    if not way.settled:
        return Text("… running", style="dim")
    if not way.as_expected:
        return Text(f"✗ {way.end}", style="bold red")
    style = {"done": "green", "review": "yellow", "rejected": "red"}.get(way.end, "")
    decided = f" ({way.case.status})" if way.end == "review" and way.case.status != "waiting" else ""
    return Text(f"✓ {way.end}{decided}", style=style)


async def sound(interlock: Interlock) -> bool:
    """Whether the audit trail verifies."""
    tenant = interlock.servers.settings.tenant
    async with interlock.services.database.unit_of_work(tenant, snapshot=True) as unit:
        return (await unit.audit_log.verify(tenant)).sound


async def show(interlock: Interlock, console: Console) -> bool:
    """Run the samples and print what became of them; says whether all is as it should be."""
    # The generator is imported here, once the server answers: drawing documents needs much that serving does not.
    generator = importlib.import_module(GENERATOR)
    samples: Sequence[Sample] = generator.make_samples(SEED, interlock.services.clock().date())
    ways = await run_samples(interlock, samples, console)
    console.print(table_of(ways))
    ends = [way.end for way in ways]
    verified = await sound(interlock)
    console.print(
        f"{ends.count('done')} posted without a hand, {ends.count('review')} stopped for a person, "
        f"{ends.count('rejected')} rejected; the audit trail {'verifies' if verified else 'DOES NOT VERIFY'}.",
        highlight=False,
    )
    wrong = [way.sample.name for way in ways if not way.as_expected]
    if wrong:
        console.print(f"Not as expected: {', '.join(wrong)}", style="bold red", highlight=False)
    return verified and not wrong


async def invite(interlock: Interlock, url: str, console: Console) -> None:
    """Print where each of the first people chooses a password: a link that works once, on this terminal only.

    Who has one already signs in with it: nobody's account is opened anew by starting the demonstration again.
    """
    tenant = interlock.servers.settings.tenant
    desk = AccountDesk(services=interlock.services, terms=account_terms(interlock.servers.settings))
    async with interlock.services.database.unit_of_work(tenant) as unit:
        admin = await unit.people.actor(user_id(tenant, "admin"))
    known = {one.user.login: one for one in await desk.listed(admin)}
    console.print(f"\nThe console is on {url}/console/ . Sign in as:", highlight=False)
    for person in (first for first in FIRST_USERS if first.kind == "person"):
        account = known[person.login].account
        if account is not None and account.password_set_at is not None:
            way = f"{url}/console/sign-in (as {person.login}, with your password)"
        else:
            way = f"{url}/console/account#{(await desk.invite(admin, person.login)).token}"
        roles = ", ".join(person.roles)
        console.print(f"  {person.name} ({roles}): {way}", highlight=False, soft_wrap=True)
    console.print("", highlight=False)


async def demonstrate(servers: Servers, listener: socket.socket, console: Console, *, once: bool) -> bool:
    """Run the samples, and serve until a signal unless `once`; says whether all ended as it should."""
    stop = stop_requested()
    async with open_interlock(servers) as interlock, serving(interlock, listener) as url:
        shown = asyncio.create_task(show(interlock, console))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait({shown, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if not shown.done():
            shown.cancel()
            await asyncio.gather(shown, return_exceptions=True)
            return False
        good = shown.result()
        if not once:
            keys = servers.folder.keys
            console.print(f"\nInterlock serves on {url} (API: {url}/docs). Ctrl-C stops it.", highlight=False)
            await invite(interlock, url, console)
            console.print(f"Try:  export INTERLOCK_API_KEY=$(cat {keys}/clara)", highlight=False)
            console.print("      .venv/bin/interlock task list", highlight=False)
            await stop.wait()
            console.print("Stopping…")
        stopped.cancel()
        return good

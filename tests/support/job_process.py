"""A process that has a robot do something, and waits: for its callback, and by asking again and again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from api.app import create_app
from api.connector_watch import ConnectorWatch
from api.connectors import Connectors, OpenedConnector
from graphs.process import ProcessDefinition
from graphs.runtime.services import Services
from graphs.state import CaseView
from graphs.steps import ActionDraft, DecisionStep, EffectStep, EndStep, ProposeStep, Reader, ReadStep, WaitStep
from graphs.store.database import Database
from policies.fact import FactValue
from tests.support.api import BASE_URL
from tests.support.engine import Engine
from tests.support.job_server import SECRET, TOKEN
from tests.support.toy import AmountReader, Notebook, check_input, look_up, toy_rulebook
from tools.catalog import Catalog
from tools.configuration import ConfiguredConnector
from tools.configured_tool import configured
from tools.connector import ConnectorContext
from tools.jobs.callbacks import FINISHED
from tools.jobs.connector import JobsConnector, JobSettings
from tools.rest.transport import PinnedClient
from tools.testing.job_server import Caller, job_app
from tools.testing.job_server_twin import MemoryJobs

ASK_AFTER = timedelta(minutes=10)
ROBOTS = "robots"
CALLBACK_URL = f"{BASE_URL}/callbacks/{ROBOTS}"
PACK = """
pack: toy
version: "1"
parameters: {}
fields:
  action.tool_allowed: {type: bool, description: The tool is on the list}
  job.wanted: {type: bool, description: Somebody wants it}
  job.finished: {type: bool, description: The job has ended}
rules:
  - id: JOB-READ
    at: [read]
    title: Not on the list
    severity: block
    when: not action.tool_allowed
    message: This tool may not be called here.
    source: {regulation: Toy, clause: "1"}
    examples:
      - {expect: fires, given: {action.tool_allowed: false}}
      - {expect: passes, given: {action.tool_allowed: true}}
  - id: JOB-WANTED
    at: [write]
    title: Nobody wants it
    severity: block
    when: not job.wanted
    message: Nobody wants the job.
    source: {regulation: Toy, clause: "3"}
    examples:
      - {expect: fires, given: {job.wanted: false}}
      - {expect: passes, given: {job.wanted: true}}
  - id: JOB-RUNS
    at: [answered]
    title: Not done yet
    severity: block
    when: not job.finished
    message: The job runs.
    source: {regulation: Toy, clause: "2"}
    examples:
      - {expect: fires, given: {job.finished: false}}
      - {expect: passes, given: {job.finished: true}}
"""


def is_wanted(_case: CaseView) -> Mapping[str, FactValue]:
    return {"job.wanted": True}


def submission(case: CaseView) -> ActionDraft:
    arguments = {"type": case.input["subject"], "input": {"case": case.case_id}, "reference": case.case_id}
    return ActionDraft(tool="job.submit", arguments=arguments)


def submitted(case: CaseView) -> Mapping[str, Any]:
    return dict(case.section("results")["submit"])


def answered(_case: CaseView, payload: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"answer": {"state": payload["state"], "by": "callback"}}


async def ask(case: CaseView, reader: Reader) -> Mapping[str, Any]:
    told = await reader.read("job.poll", {"job": submitted(case)["job"]})
    return {"answer": {"state": told["state"], "finished": told["finished"], "by": "poll"}}


def is_finished(case: CaseView) -> Mapping[str, FactValue]:
    return {"job.finished": bool(case.section("answer").get("finished"))}


def outcome(case: CaseView) -> str:
    answer = case.section("answer")
    return f"{answer['state']} by {answer['by']}"


def job_definition() -> ProcessDefinition:
    """look_up → propose → submit → await_job → done; after ten minutes ask → sort → done or await_job again."""
    steps = (
        ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="propose"),
        ProposeStep(
            name="propose",
            stage="job",
            point="write",
            draft=submission,
            facts=is_wanted,
            allow="submit",
            review="refused",
            deny="refused",
        ),
        EffectStep(name="submit", stage="job", of="propose", next="await_job"),
        WaitStep(
            name="await_job",
            stage="job",
            message=FINISHED,
            correlation=lambda case: str(submitted(case)["correlation"]),
            next="done",
            result=answered,
            within=ASK_AFTER,
            late="ask",
        ),
        ReadStep(name="ask", stage="job", tools=("job.poll",), run=ask, next="sort"),
        DecisionStep(
            name="sort",
            stage="job",
            point="answered",
            facts=is_finished,
            allow="done",
            review="await_job",
            deny="await_job",
        ),
        EndStep(name="done", stage="end", ends="done", outcome=outcome),
        EndStep(name="refused", stage="end", ends="rejected", outcome=lambda case: "refused"),
    )
    return ProcessDefinition(
        name="toy",
        version=1,
        title="A robot's job",
        pack="toy",
        start="look_up",
        check_input=check_input,
        case_title=lambda body: str(body["subject"]),
        steps=steps,
    )


def context(tenant: str = "acme", folder: Path = Path()) -> ConnectorContext:
    """A connector's context whose only secrets are the callback secret and the token."""
    secrets = {"env:CALLBACK": SECRET, "env:TOKEN": TOKEN}
    return ConnectorContext(
        tenant=tenant, folder=folder, load=never, store=never, secret=lambda reference: SecretStr(secrets[reference])
    )


async def never(*_: object) -> Any:
    raise AssertionError("a job needs no documents")


def job_settings(url: str, **changes: Any) -> JobSettings:
    """A tool on this machine that calls back."""
    given = {
        "url": url,
        "private_addresses": True,
        "auth": {"scheme": "bearer", "token": "env:TOKEN"},
        "callback_url": CALLBACK_URL,
        "callback_secrets": ["env:CALLBACK"],
        "time_limit_seconds": 10,
    }
    return JobSettings.model_validate({**given, **changes})


def opened(connector: JobsConnector) -> OpenedConnector:
    """The connector as the composition root has it."""
    entry = ConfiguredConnector(name=ROBOTS, kind="jobs", tenant="acme", prefix=None, limits=None)
    return OpenedConnector(configured=entry, connector=connector, tools=tuple(configured(connector.tools(), entry)))


@dataclass(slots=True, kw_only=True)
class JobEngine(Engine):
    """The engine with the tools of `connector`, and the API that takes its callbacks."""

    connector: JobsConnector
    receipts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def services(self) -> Services:
        plain = Engine.services.fget(self)  # type: ignore[attr-defined]  # a property of a class with slots: no super()
        catalog = Catalog([self.reader, self.notebook, *opened(self.connector).tools])
        return replace(plain, catalogs=lambda tenant: catalog)

    def api(self) -> httpx.AsyncClient:
        """The API, as the robot's tool reaches it."""
        watch = ConnectorWatch(connectors=Connectors(opened=(opened(self.connector),)))
        app = create_app(self.services, watch=watch)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=BASE_URL, event_hooks={"response": [self._note]})

    async def _note(self, response: httpx.Response) -> None:
        await response.aread()
        self.receipts.append((response.request.headers["webhook-id"], response.json().get("status")))


def job_engine(database: Database, url: str, robots_url: str) -> JobEngine:
    """The engine that works with the job server at that address, which calls nobody back."""
    settings = job_settings(robots_url, callback_url=None)
    return JobEngine(
        database=database,
        url=url,
        reader=AmountReader(500),
        notebook=Notebook(),
        rulebook=toy_rulebook(PACK),
        definitions=(job_definition(),),
        connector=JobsConnector(ROBOTS, settings, context()),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """The job server in this process, and the engine that works with it over HTTP."""

    jobs: MemoryJobs
    caller: Caller
    engine: JobEngine


@asynccontextmanager
async def robots(engine: Engine, *, calls_back: bool = True) -> AsyncIterator[Robots]:
    """Both ends of the contract, each over the other's HTTP application."""
    callback = {} if calls_back else {"callback_url": None, "callback_secrets": []}
    settings = job_settings("http://robots.test", **callback)
    caller = Caller(SECRET)
    jobs = MemoryJobs(call_back=caller)
    client = PinnedClient(
        settings.url,
        private_addresses=True,
        headers=lambda: {"Authorization": f"Bearer {TOKEN}"},
        time_limit_seconds=10,
        max_answer_bytes=100_000,
        transport=httpx.ASGITransport(job_app(jobs, caller, token=TOKEN), raise_app_exceptions=False),
    )
    ready = JobEngine(
        database=engine.database,
        url=engine.url,
        reader=engine.reader,
        notebook=engine.notebook,
        rulebook=toy_rulebook(PACK),
        definitions=(job_definition(),),
        connector=JobsConnector(ROBOTS, settings, context(), client=client),
    )
    await caller.client.aclose()
    caller.client = ready.api()
    try:
        yield Robots(jobs=jobs, caller=caller, engine=ready)
    finally:
        await jobs.aclose()
        await caller.aclose()
        await client.aclose()

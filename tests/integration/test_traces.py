"""One trace from the request of the API to the mail that tells somebody, across processes and a person's answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.bootstrap import open_interlock
from api.servers import Servers, start_servers
from api.settings import load_settings
from graphs.notices.terms import NoticeTerms
from graphs.store.database import Database
from graphs.store.databases import drop_database
from graphs.store.embedded import EmbeddedPostgres
from tests.conftest import TestDatabase
from tests.support.api import BASE_URL, caller
from tests.support.engine import LARGE
from tests.support.notices import NoticeEngine
from tests.support.otlp_sink import Sink, is_connected, otlp_sink
from tests.support.patience import eventually
from tests.support.people import populate
from tests.support.served import ROOT, environment
from tests.support.toy import AmountReader, Notebook
from tools.clock import utc_now
from tools.telemetry.otel import Exporting
from tools.testing.invoices.samples import Sample, make_samples

WORKER = (sys.executable, "-c", "from api.cli import main; main()", "worker")
PATIENCE_SECONDS = 100
"""A worker starts, reads a PDF in a child of its own, and does the rest in a second."""
TRACE, SPAN = "ab" * 16, "cd" * 8
CALLER = f"00-{TRACE}-{SPAN}-01"
ANSWER = f"00-{'12' * 16}-{'34' * 8}-01"


@pytest.fixture
def sink(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sink]:
    """A collector; this process sends its spans there as soon as they end."""
    with otlp_sink() as collecting:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collecting.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        exporting = Exporting(version="1", role="serve")
        yield collecting
        exporting.close()


@pytest.fixture
def servers(server: EmbeddedPostgres, tmp_path: Path) -> Iterator[Servers]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    settings = load_settings(data_dir=tmp_path, database_url=server.url(name), erp="memory")
    with start_servers(settings) as started:
        yield started
    drop_database(server.url(), name)


@pytest.fixture
def worker(servers: Servers, sink: Sink) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process, and nothing else that works on the database."""
    settings = servers.settings
    assert settings.database_url is not None
    variables = environment(settings.data_dir, database_url=settings.database_url.get_secret_value())
    with subprocess.Popen(WORKER, cwd=ROOT, env=variables | {"OTEL_EXPORTER_OTLP_ENDPOINT": sink.url}) as process:
        yield process
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def large_invoice() -> Sample:
    """One that a person must approve."""
    samples = make_samples(7, utc_now().date())
    return next(sample for sample in samples if sample.name == "over_automatic_limit")


@pytest.mark.timeout(300)
async def test_an_invoice_is_one_trace_across_server_worker_and_the_answer_of_a_person(
    servers: Servers, worker: subprocess.Popen[bytes], sink: Sink
) -> None:
    sample = large_invoice()
    async with open_interlock(servers) as interlock:
        transport = httpx.ASGITransport(create_app(interlock.services))
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, timeout=30) as client:

            def of(login: str, traceparent: str) -> dict[str, str]:
                return {"X-API-Key": servers.folder.read_or_make_key(login), "traceparent": traceparent}

            form = {"process": "procure_to_pay", "channel": sample.channel, "sender": sample.sender}
            files = {"document": (sample.file_name, sample.content)}
            sent = await client.post("/cases", data=form, files=files, headers=of("intake", CALLER))
            case_id = str(sent.json()["case"]["id"])

            async def is_at(status: str) -> bool:
                async with interlock.services.database.unit_of_work("main") as unit:
                    return (await unit.cases.get(case_id)).status == status

            await eventually(lambda: is_at("waiting"), within_seconds=PATIENCE_SECONDS)
            dario = of("dario", ANSWER)
            listed = (await client.get("/tasks", params={"case": case_id}, headers=dario)).json()["tasks"]
            task = (await client.get(f"/tasks/{listed[0]['id']}", headers=dario)).json()
            answer = {"decision": "approve", "reason": "agreed", "digest": task["digest"]}
            answered = await client.post(f"/tasks/{task['id']}/answer", json=answer, headers=dario)
            assert answered.status_code == 200, answered.text
            await eventually(lambda: is_at("done"), within_seconds=PATIENCE_SECONDS)
            shown = (await client.get(f"/cases/{case_id}", headers=dario)).json()
    worker.send_signal(signal.SIGTERM)
    worker.wait(30)
    await eventually(lambda: len(sink.named("advance procure_to_pay")) >= 2, within_seconds=10)
    await eventually(lambda: sink.named("POST /tasks/{task_id}/answer"), within_seconds=10)

    assert sent.headers["traceparent"].startswith(f"00-{TRACE}-")
    assert shown["summary"]["traceparent"] == sent.headers["traceparent"]
    spans = sink.of_trace(TRACE)
    assert is_connected(spans, root=SPAN)
    assert {span.process["interlock.role"] for span in spans} == {"serve", "worker"}
    names = {span.name for span in spans}
    assert {"POST /cases", "advance procure_to_pay", "step procure_to_pay.match", "execute erp.invoice.post"} <= names
    first, second = sink.named("advance procure_to_pay")
    (answering,) = sink.named("POST /tasks/{task_id}/answer")
    assert (first.trace, first.links) == (TRACE, ())
    assert (second.trace, second.links) == (TRACE, (f"{answering.trace}-{answering.id}",))
    assert (answering.trace, answering.parent) == ("12" * 16, "34" * 8)
    everything = b"".join(sink.bodies)
    for secret in (sample.sender, sample.file_name, "Dario", "agreed", servers.folder.read_or_make_key("dario")):
        assert secret.encode() not in everything


async def test_who_is_told_of_a_task_is_told_in_the_trace_of_its_case(
    database: Database, own_database: TestDatabase, sink: Sink
) -> None:
    await populate(database)
    engine = NoticeEngine(
        database=database,
        url=own_database.app_url,
        reader=AmountReader(LARGE),
        notebook=Notebook(),
        terms=NoticeTerms(assignments=True),
    )
    await engine.prepare("berta")
    async with caller(engine, "clara") as clara, engine.working():
        body = {"process": "toy", "input": {"subject": "a note"}}
        started = await clara.post("/cases", json=body, headers={"traceparent": CALLER})
        assert started.status_code == 201, started.text
        await eventually(lambda: sink.named("execute mail.send"), within_seconds=15)
        await eventually(lambda: sink.named("advance notification"), within_seconds=15)
    spans = sink.of_trace(TRACE)
    assert {"advance toy", "advance notification", "execute mail.send"} <= {span.name for span in spans}
    assert is_connected(spans, root=SPAN)


async def test_a_stranger_chooses_no_trace_and_what_machines_ask_is_not_traced(
    database: Database, own_database: TestDatabase, sink: Sink
) -> None:
    await populate(database)
    engine = NoticeEngine(database=database, url=own_database.app_url, reader=AmountReader(1), notebook=Notebook())
    async with caller(engine, None) as stranger, caller(engine, "clara") as clara:
        refused = await stranger.get("/cases", headers={"traceparent": CALLER})
        signed_in = await stranger.post(
            "/session", json={"tenant": "acme", "login": "clara", "password": "wrong"}, headers={"traceparent": CALLER}
        )
        healthy = await clara.get("/health", headers={"traceparent": CALLER})
        twice = await clara.get("/cases", headers=[("traceparent", CALLER), ("traceparent", ANSWER)])
        once = await clara.get("/cases", headers={"traceparent": CALLER})
    assert "traceparent" not in refused.headers
    assert "traceparent" not in healthy.headers
    assert signed_in.headers["traceparent"][3:35] != TRACE
    assert twice.headers["traceparent"][3:35] not in (TRACE, "12" * 16)
    assert once.headers["traceparent"][3:35] == TRACE
    await eventually(lambda: sink.of_trace(TRACE), within_seconds=10)
    assert [span.name for span in sink.of_trace(TRACE)] == ["GET /cases"]


def test_what_cannot_be_sent_stops_the_start_with_a_word(tmp_path: Path) -> None:
    wrong = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    done = subprocess.run(
        WORKER,
        cwd=ROOT,
        env=environment(tmp_path) | wrong | {"PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT))},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )
    assert done.returncode == 2
    assert "OTEL_EXPORTER_OTLP_PROTOCOL: spans are sent as http/protobuf only" in done.stderr

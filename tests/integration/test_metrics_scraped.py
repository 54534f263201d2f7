"""`GET /metrics`: for whom it is, what it holds after a case, and what it never holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.app import create_app
from api.errors import SettingsInvalid
from api.exposition import Exposition
from api.metrics_server import scraped_app
from api.scraping import Scraping
from graphs.census import CensusDesk
from tests.support.api import BASE_URL, grant, key_of
from tests.support.engine import LARGE, Engine
from tools.telemetry.metrics import HTTP_MOST

TOKEN = "a token of thirty-two characters"
ANSWERS = 10
"""More statuses than any route has."""
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def scraping(monkeypatch: pytest.MonkeyPatch) -> Scraping:
    monkeypatch.setenv("SCRAPE_TOKEN", TOKEN)
    return Scraping(token="env:SCRAPE_TOKEN", tenant="acme")


def client(engine: Engine, scraping: Scraping, headers: Mapping[str, str] = {}) -> httpx.AsyncClient:
    app = create_app(engine.services, scraping=scraping)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers)


def values(text: str) -> dict[tuple[str, ...], float]:
    """Each series: name and labels in their order."""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def scraped(engine: Engine, scraping: Scraping) -> dict[tuple[str, ...], float]:
    async with client(engine, scraping, BEARER) as monitoring:
        answer = await monitoring.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return values(answer.text)


def test_whatever_the_routes_answer_their_series_stay_apart(engine: Engine) -> None:
    described = create_app(engine.services).openapi()["paths"]
    routes = sum(len(methods) for methods in described.values())
    assert routes > 200
    assert routes * ANSWERS <= HTTP_MOST


async def test_only_the_token_or_the_permission_in_the_own_tenant_opens_it(engine: Engine, scraping: Scraping) -> None:
    await grant(engine.database, "berta", "metrics.read")

    async def asked(headers: Mapping[str, str], terms: Scraping = scraping) -> int:
        async with client(engine, terms, headers) as somebody:
            return (await somebody.get("/metrics")).status_code

    of_berta = {"X-API-Key": key_of("berta")}
    assert await asked({}) == 401
    assert await asked({"Authorization": "Bearer wrong"}) == 401
    assert await asked({"Authorization": f"Basic {TOKEN}"}) == 401
    assert await asked({"X-API-Key": TOKEN}) == 401
    assert await asked(BEARER) == 200
    assert await asked(of_berta) == 200
    assert await asked({"X-API-Key": key_of("clara")}) == 403
    assert await asked(of_berta, Scraping(tenant="main")) == 403
    assert await asked(BEARER, Scraping(tenant="acme")) == 401


async def test_the_token_opens_nothing_else(engine: Engine, scraping: Scraping) -> None:
    async with client(engine, scraping, BEARER) as monitoring:
        assert (await monitoring.get("/cases")).status_code == 401
        assert (await monitoring.post("/metrics")).status_code == 401
        assert (await monitoring.get("/metrics/../cases")).status_code == 401


async def test_a_token_that_went_away_or_is_too_short_opens_nothing(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "token"
    terms = Scraping(token=f"file:{file}", tenant="acme")
    with pytest.raises(SettingsInvalid, match="INTERLOCK_METRICS_TOKEN"):
        terms.check()
    async with client(engine, terms, {"Authorization": "Bearer short"}) as monitoring:
        assert (await monitoring.get("/metrics")).status_code == 401
        file.write_text("short\n")
        assert (await monitoring.get("/metrics")).status_code == 401
    with pytest.raises(SettingsInvalid, match="20 characters"):
        terms.check()
    file.write_text(f"{TOKEN}\n")
    terms.check()


async def test_after_a_case_its_figures_are_there_and_nothing_of_its_people(engine: Engine, scraping: Scraping) -> None:
    before = await scraped(engine, scraping)
    engine.reader.amount = LARGE
    case_id = (await engine.start(subject="the secret of Vienna")).case.id
    await engine.advance(case_id)
    async with client(engine, scraping, {"X-API-Key": key_of("berta")}) as berta:
        task = (await engine.task_of(case_id)).id
        waiting = await scraped(engine, scraping)
        assert (await berta.get(f"/tasks/{task}")).status_code == 200
        answer = await berta.post(f"/tasks/{task}/answer", json={"decision": "approve"})
        assert answer.status_code == 200
        assert (await berta.get("/no/such/page/Clara")).status_code == 404
        assert (await berta.request("BREW", "/cases")).status_code == 405
    await engine.advance(case_id)
    async with client(engine, scraping, BEARER) as monitoring:
        text = (await monitoring.get("/metrics")).text
    after = values(text)

    def grown(*series: str) -> float:
        return after.get(series, 0) - before.get(series, 0)

    assert grown("interlock_cases_started_total", "toy") == 1
    assert grown("interlock_cases_ended_total", "done", "toy") == 1
    assert grown("interlock_step_seconds_count", "toy", "write") == 1
    assert grown("interlock_effects_total", "sent", "toy.write") == 1
    assert grown("interlock_effects_total", "confirmed", "toy.write") == 1
    assert grown("interlock_verdicts_total", "toy", "review") >= 1
    assert grown("interlock_flush_seconds_count") >= 3
    assert grown("interlock_http_request_seconds_count", "POST", "/tasks/{task_id}/answer", "200") == 1
    assert grown("interlock_http_request_seconds_count", "GET", "none", "404") == 1
    assert grown("interlock_http_request_seconds_count", "_OTHER", "/cases", "405") == 1
    assert waiting["interlock_cases_live", "toy", "waiting"] == 1
    assert (waiting["interlock_tasks_open",], waiting["interlock_tasks_overdue",]) == (1, 0)
    assert waiting["interlock_queue_jobs", "due"] == 1
    assert waiting["interlock_queue_oldest_seconds",] > 0
    for word in ("acme", "berta", "Clara", "Vienna", case_id, task):
        assert word not in text


async def test_the_census_is_taken_once_however_often_it_is_asked_for(engine: Engine) -> None:
    desk = CensusDesk(services=engine.services)
    first = await desk.census()
    await engine.start()
    assert await desk.census() is first
    assert first is not None
    assert first.live == []


async def test_a_port_of_its_own_answers_the_token_alone(engine: Engine, scraping: Scraping) -> None:
    app = scraped_app(Exposition(database=engine.database), scraping)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE_URL) as monitoring:
        answers = [
            await monitoring.get("/metrics"),
            await monitoring.get("/metrics", headers={"Authorization": "Bearer no"}),
            await monitoring.get("/cases", headers=BEARER),
            await monitoring.get("/metrics", headers=BEARER),
        ]
    assert [answer.status_code for answer in answers] == [401, 401, 404, 200]
    assert "interlock_census_up" not in answers[3].text
    assert ("interlock_event_streams",) in values(answers[3].text)

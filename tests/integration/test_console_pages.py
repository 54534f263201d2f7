"""The console's files: who may have them, how they are kept, and that nothing of the API hides behind them."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.console_files import ConsoleFiles
from tests.support.engine import Engine

HTTPS = "https://interlock.test"


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<title>the page</title>")
    (folder / "assets" / "index-1a2b.js").write_text("run()")
    (folder / "assets" / "index-1a2b.js.gz").write_bytes(gzip.compress(b"run()"))
    (folder / ".built-from").write_text("a digest")
    return folder


def stranger(engine: Engine, folder: Path) -> httpx.AsyncClient:
    """A browser of somebody whom nobody knows."""
    app = create_app(engine.services, console_files=ConsoleFiles.read(folder))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=HTTPS)


async def test_the_servers_name_alone_leads_to_the_console(engine: Engine, dist: Path) -> None:
    async with stranger(engine, dist) as browser:
        for path in ("/", "/console"):
            answer = await browser.get(path)
            assert (answer.status_code, answer.headers["location"]) == (307, "/console/")


@pytest.mark.parametrize("path", ["", "tasks", "tasks/3f2a?tab=team", "account", "links"])
async def test_every_address_of_a_screen_is_the_page(engine: Engine, dist: Path, path: str) -> None:
    async with stranger(engine, dist) as browser:
        answer = await browser.get(f"/console/{path}")
    assert (answer.status_code, answer.text) == (200, "<title>the page</title>")
    assert answer.headers["cache-control"] == "no-cache"
    policy = answer.headers["content-security-policy"]
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_file_is_kept_for_ever_and_sent_compressed_to_whoever_reads_that(engine: Engine, dist: Path) -> None:
    async with stranger(engine, dist) as browser:
        zipped = await browser.get("/console/assets/index-1a2b.js")
        plain = await browser.get("/console/assets/index-1a2b.js", headers={"Accept-Encoding": "identity"})
        known = await browser.get("/console/assets/index-1a2b.js", headers={"If-None-Match": plain.headers["etag"]})
    assert (zipped.headers["content-encoding"], zipped.text) == ("gzip", "run()")
    assert ("content-encoding" in plain.headers, plain.text) == (False, "run()")
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert known.status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/console/assets/index-old.js",
        "/console/assets/../index.html.gz",
        "/console/.built-from",
        "/console/..%2f..%2fpyproject.toml",
        "/console/assets/index-1a2b.js.gz",
    ],
)
async def test_what_is_no_file_of_the_console_is_not_found(engine: Engine, dist: Path, path: str) -> None:
    async with stranger(engine, dist) as browser:
        answer = await browser.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/nope", "/tasks", "/consoles", "/console.html", "/cases/1/nope"])
async def test_nothing_else_is_open_because_the_console_is(engine: Engine, dist: Path, path: str) -> None:
    async with stranger(engine, dist) as browser:
        answer = await browser.get(path)
        sent = await browser.post("/console/tasks", json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert sent.status_code == 401


async def test_without_a_console_its_address_says_how_to_build_it(engine: Engine, tmp_path: Path) -> None:
    async with stranger(engine, tmp_path / "nothing") as browser:
        answer = await browser.get("/console/tasks")
    assert answer.status_code == 200
    assert "make console" in answer.text
    assert "<script" not in answer.text

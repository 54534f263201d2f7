"""A small tool that takes jobs over HTTP and calls back with signatures, for trying the contract out and for tests.

python -m tools.testing.job_server --port-file PORT [--port 8500]

It knows its callers by `JOB_SERVER_TOKEN` and signs with `JOB_SERVER_SECRET` (a Standard Webhooks secret).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from hmac import compare_digest
from pathlib import Path
from typing import Annotated, Any

import httpx
import uvicorn
from fastapi import Body, Depends, FastAPI, Header, HTTPException
from standardwebhooks import Webhook

from tools.errors import Ambiguous, Permanent
from tools.jobs.port import Job, JobRequest
from tools.testing.job_server_twin import MemoryJobs
from tools.testing.port_file import announce

TRIES = 20
PAUSE_SECONDS = 0.25
CALL_SECONDS = 5.0


class Caller:
    """Delivers signed callbacks, again and again until one is taken or tries run out."""

    def __init__(self, secret: str, *, client: httpx.AsyncClient | None = None) -> None:
        """`client` is usually one of its own."""
        self.urls: dict[str, str] = {}
        """Where each key's job calls back."""
        self.answers: list[tuple[str, int]] = []
        """Delivery id and status of every answer."""
        self._webhook = Webhook(secret)
        self.client = client or httpx.AsyncClient(timeout=CALL_SECONDS, trust_env=False)

    async def aclose(self) -> None:
        """Close the connections."""
        await self.client.aclose()

    async def __call__(self, job: Job, delivery: str) -> None:
        """Tell of the job, if its submitter wants to be told."""
        url = self.urls.get(job.key)
        for _ in range(TRIES if url else 0):
            try:
                answer = await self.client.post(
                    str(url), content=(body := text_of(job)), headers=self.headers(delivery, body)
                )
            except httpx.TransportError:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            self.answers.append((delivery, answer.status_code))
            if not answer.is_server_error:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    def headers(self, delivery: str, body: str, *, at: datetime | None = None) -> dict[str, str]:
        """The three headers of Standard Webhooks."""
        instant = at or datetime.now(UTC)
        return {
            "content-type": "application/json",
            "webhook-id": delivery,
            "webhook-timestamp": str(int(instant.timestamp())),
            "webhook-signature": self._webhook.sign(delivery, instant, body),
        }


def text_of(job: Job) -> str:
    """The body of a callback."""
    return json.dumps({"type": "job.finished", "data": job.model_dump(mode="json")})


def job_app(jobs: MemoryJobs, caller: Caller, *, token: str) -> FastAPI:
    """The contract over `jobs`. `lost` answers 504 after the job was taken."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        yield
        await jobs.aclose()
        await caller.aclose()

    def known(authorization: Annotated[str, Header()] = "") -> None:
        if not compare_digest(authorization.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401, "send the token")

    app = FastAPI(title="Jobs", lifespan=lifespan, dependencies=[Depends(known)])
    app.add_api_route("/jobs", Submit(jobs, caller), methods=["POST"], status_code=202)
    app.add_api_route("/jobs", Search(jobs), methods=["GET"])
    app.add_api_route("/jobs/{job}", Read(jobs), methods=["GET"])
    app.add_api_route("/jobs/{job}/cancel", Cancel(jobs), methods=["POST"])
    return app


class Submit:
    """Accept a job, or find the one of the same key."""

    def __init__(self, jobs: MemoryJobs, caller: Caller) -> None:
        self._jobs = jobs
        self._caller = caller

    async def __call__(
        self,
        body: Annotated[dict[str, Any], Body()],
        idempotency_key: Annotated[str, Header(min_length=1, max_length=200)],
    ) -> dict[str, Any]:
        url = body.pop("callback_url", None)
        if url:
            self._caller.urls[idempotency_key] = url
        try:
            job = await self._jobs.submit(JobRequest.model_validate(body), key=idempotency_key)
        except Ambiguous as error:
            raise HTTPException(504, error.message) from error
        except Permanent as error:
            raise HTTPException(422, error.message) from error
        return job.model_dump(mode="json")


class Search:
    """The job of a key, in a list of one or none."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._jobs = jobs

    async def __call__(self, key: str) -> dict[str, Any]:
        found = await self._jobs.find(key)
        return {"jobs": [found.model_dump(mode="json")] if found else []}


class Read:
    """A job as it stands."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._jobs = jobs

    async def __call__(self, job: str) -> dict[str, Any]:
        found = await self._jobs.read(job)
        if found is None:
            raise HTTPException(404, "there is no such job")
        return found.model_dump(mode="json")


class Cancel:
    """Stop a job."""

    def __init__(self, jobs: MemoryJobs) -> None:
        self._jobs = jobs

    async def __call__(self, job: str) -> dict[str, Any]:
        try:
            return (await self._jobs.cancel(job)).model_dump(mode="json")
        except Permanent as error:
            raise HTTPException(404 if error.reason == "no_such_job" else 409, error.message) from error


def main() -> None:
    """Serve until it is stopped; the port is written once it listens."""
    parser = argparse.ArgumentParser(description="A tool that takes jobs, for trying things out.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--port-file", type=Path, required=True)
    parser.add_argument("--slow-seconds", type=float, default=5.0)
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", options.port))
    announce(listener, options.port_file)
    caller = Caller(os.environ["JOB_SERVER_SECRET"])
    jobs = MemoryJobs(call_back=caller, slow_seconds=options.slow_seconds)
    app = job_app(jobs, caller, token=os.environ["JOB_SERVER_TOKEN"])
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])


if __name__ == "__main__":
    main()

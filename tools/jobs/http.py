"""The port of external jobs over HTTP: four calls that a tool, or an adapter before it, answers."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
from pydantic import ValidationError

from policies.canonical import jsonable
from tools.clock import utc_now
from tools.document.errors import DocumentRefused
from tools.document.strict_json import read_json
from tools.errors import Ambiguous, Permanent, ToolError, Transient
from tools.jobs.port import Job, JobRequest
from tools.rest.status import refusal
from tools.rest.transport import Answer, PinnedClient

KEY_HEADER = "Idempotency-Key"
MAX_FOUND = 2


class HttpJobs:
    """Jobs of the tool behind `client`."""

    def __init__(self, client: PinnedClient, *, callback_url: str | None, call_timeout_seconds: float) -> None:
        """`callback_url` is told with each job; without one the tool calls nobody back, and is polled."""
        self._client = client
        self._callback_url = callback_url
        self.call_timeout_seconds = call_timeout_seconds

    async def submit(self, request: JobRequest, *, key: str) -> Job:
        body = request.model_dump(mode="json") | {"callback_url": self._callback_url}
        headers = {KEY_HEADER: key}
        answer = await self._client.call("POST", "/jobs", body=orjson.dumps(body), headers=headers, no_answer=Ambiguous)
        if answer.status == HTTPStatus.CONFLICT:
            raise Ambiguous("HTTP 409: a submit with this key may be under way", code="in_progress")
        return _job(_read(answer, Ambiguous), Ambiguous)

    async def find(self, key: str) -> Job | None:
        answer = await self._client.call("GET", "/jobs", query={"key": key}, no_answer=Transient)
        found = _read(answer, Transient).get("jobs")
        if not isinstance(found, list) or len(found) >= MAX_FOUND:
            raise Transient("the tool did not answer a search by key with one job or none", code="answer_invalid")
        job = _job(found[0], Transient) if found else None
        if job is not None and job.key != key:
            raise Transient("the tool's search by key finds jobs of other keys", code="answer_invalid")
        return job

    async def read(self, job: str) -> Job | None:
        answer = await self._client.call("GET", f"/jobs/{segment(job)}", no_answer=Transient)
        return None if answer.status == HTTPStatus.NOT_FOUND else _job(_read(answer, Transient), Transient)

    async def cancel(self, job: str) -> Job:
        answer = await self._client.call("POST", f"/jobs/{segment(job)}/cancel", body=b"{}", no_answer=Ambiguous)
        match answer.status:
            case HTTPStatus.NOT_FOUND:
                raise Permanent(f"the tool knows no job {job!r}", code="no_such_job")
            case HTTPStatus.CONFLICT:
                raise Permanent(f"job {job!r} has ended already", code="job_finished")
            case _:
                return _job(_read(answer, Ambiguous), Ambiguous)


def segment(text: str) -> str:
    """`text` as one segment of a path. Raises `Permanent` for one that would change the path."""
    if text in (".", ".."):
        raise Permanent(f"{text!r} cannot stand in an address", code="invalid_arguments")
    return quote(text, safe="")


def _read(answer: Answer, unclear: type[ToolError], *, now: datetime | None = None) -> dict[str, Any]:
    """The JSON object of a successful answer. Raises a `ToolError`; `unclear` where the answer says nothing."""
    refused = refusal(answer, reads=unclear is Transient, now=now or utc_now())
    if refused is not None:
        raise refused
    try:
        found = read_json(answer.body)
    except DocumentRefused as error:
        raise unclear(f"the answer is no JSON: {error.message}", code="answer_invalid") from error
    if not isinstance(found, dict):
        raise unclear("the answer is no JSON object", code="answer_invalid")
    return found


def _job(found: Any, unclear: type[ToolError]) -> Job:
    try:
        return Job.model_validate(jsonable(found))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise unclear(f"the answer is no job: {where}: {first['msg']}", code="answer_invalid") from error

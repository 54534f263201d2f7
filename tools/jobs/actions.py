"""The tools over the port of external jobs: submit one, ask how it stands, cancel it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from pydantic import BaseModel

from policies.action import EffectKind
from policies.canonical import jsonable
from tools.errors import Permanent
from tools.jobs.port import Job, JobId, JobRequest, JobService, JobState, Value
from tools.limits import USUAL
from tools.port import OutcomeLookup, Tool


class PollArguments(Value):
    """The job by the id that the tool gave it."""

    job: JobId


class CancelArguments(Value):
    """The job, and why it is not wanted any more."""

    job: JobId
    reason: str = ""


def correlation(connector: str, job: str) -> str:
    """The key that a wait for the job's answer and its callback share."""
    return f"{connector}/{job}"


class JobTool:
    """Base: the service, and the connector's name."""

    def __init__(self, service: JobService, connector: str) -> None:
        self._service = service
        self._connector = connector
        self.target = connector
        self.limits = USUAL

    @property
    def time_limit(self) -> timedelta:
        return timedelta(seconds=self._service.call_timeout_seconds)

    def told(self, job: Job) -> dict[str, Any]:
        """The job as data of a case. `correlation` is what a wait step waits by."""
        data = jsonable(job.model_dump(mode="json", exclude={"key"}))
        return {**data, "finished": job.finished, "correlation": correlation(self._connector, job.job)}


class SubmitJob(JobTool):
    """Submits a job. The key is found again in the tool, so an unknown outcome is resolved by asking."""

    name: ClassVar[str] = "job.submit"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = JobRequest

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return self.told(await self._service.submit(JobRequest.model_validate(arguments), key=key))

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        job = await self._service.find(key)
        return self.told(job) if job else None


class PollJob(JobTool):
    """Asks how a job stands."""

    name: ClassVar[str] = "job.poll"
    effect_kind: ClassVar[EffectKind] = EffectKind.READ
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = PollArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        asked = PollArguments.model_validate(arguments)
        job = await self._service.read(asked.job)
        if job is None:
            raise Permanent(f"the tool knows no job {asked.job!r}", tool=self.name, code="no_such_job")
        return self.told(job)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        return None


class CancelJob(JobTool):
    """Cancels a job. To cancel again changes nothing, and a job that has ended refuses."""

    name: ClassVar[str] = "job.cancel"
    effect_kind: ClassVar[EffectKind] = EffectKind.WRITE
    outcome_lookup: ClassVar[OutcomeLookup] = OutcomeLookup.ASKABLE
    arguments: ClassVar[type[BaseModel]] = CancelArguments

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:  # noqa: ARG002
        return self.told(await self._service.cancel(CancelArguments.model_validate(arguments).job))

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:  # noqa: ARG002
        """The job, once it is cancelled: whoever did it, this call has nothing left to do."""
        job = await self._service.read(CancelArguments.model_validate(arguments).job)
        return self.told(job) if job is not None and job.state is JobState.CANCELLED else None


def job_tools(service: JobService, connector: str) -> list[Tool]:
    """All of them, for the connector of that name."""
    return [SubmitJob(service, connector), PollJob(service, connector), CancelJob(service, connector)]

"""The port of external jobs: an RPA, IDP or BPM tool that takes work, and answers when it is done."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, ConfigDict, Field

JobId = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$")]
Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$")]


class JobState(StrEnum):
    """Where a job stands; the last three are final."""

    ACCEPTED = "accepted"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class Value(BaseModel):
    """Base of all values of this port."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class JobRequest(Value):
    """What is to be done: the name that the tool knows the work by, and what it needs for it.

    `reference` is for people: it is shown in the tool beside the job.
    """

    type: Word
    input: dict[str, Any] = {}
    reference: Annotated[str, Field(max_length=200)] = ""


class Job(BaseModel):
    """A job as the tool tells of it. `key` is the idempotency key that it was submitted with."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    job: JobId
    key: str
    type: Word
    state: JobState
    result: dict[str, Any] = {}
    error: Annotated[str, Field(max_length=2_000)] = ""

    @property
    def finished(self) -> bool:
        """Whether it will not change any more."""
        return self.state in FINAL


class JobService(Protocol):
    """What the contract asks of a tool. All raise a `ToolError`."""

    @property
    def call_timeout_seconds(self) -> float:
        """After this a call has no answer, and the tool has either taken it or never will."""
        ...

    async def submit(self, request: JobRequest, *, key: str) -> Job:
        """Accept the work. The same key again is the same job, and nothing is done twice."""
        ...

    async def find(self, key: str) -> Job | None:
        """The job that was submitted with the key."""
        ...

    async def read(self, job: str) -> Job | None:
        """The job as it stands."""
        ...

    async def cancel(self, job: str) -> Job:
        """Stop the job; one that was cancelled before stays so. Raises `Permanent` (`job_finished`, `no_such_job`)."""
        ...

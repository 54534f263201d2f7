"""The kind `jobs`: a tool that takes work and answers later, by a signed callback or when it is asked."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from tools.callback import Callback, CallbackUnverifiable
from tools.connector import Connector, ConnectorContext, Health, Standing
from tools.errors import ToolError
from tools.jobs.actions import job_tools
from tools.jobs.callbacks import read_callback, verify
from tools.jobs.http import HttpJobs
from tools.port import Tool
from tools.rest.auth import Auth, identity
from tools.rest.health import ailing
from tools.rest.transport import Origin, PinnedClient
from tools.secret import SecretMissing, SecretRef

CALLBACK_BYTES = 256 * 1024
ANSWER_BYTES = 1024 * 1024


class JobSettings(BaseModel):
    """Where the tool listens, how it knows us, and how we know its callbacks."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: Annotated[Origin, Field(description="Address of the tool's job interface; `/jobs` is put behind it.")]
    auth: Annotated[Auth | None, Field(description="How Interlock shows who it is.")] = None
    private_addresses: Annotated[
        bool, Field(description="Whether the address may stand for one of your own network.")
    ] = False
    callback_url: Annotated[
        Origin | None,
        Field(description="Where the tool reaches `/callbacks/<name>` of this server; without it the tool is polled."),
    ] = None
    callback_secrets: Annotated[
        tuple[SecretRef, ...],
        Field(max_length=4, description="Standard Webhooks secrets (`whsec_…`); any of them may have signed."),
    ] = ()
    deliver_as: Annotated[
        str, Field(min_length=1, max_length=200, description="Login of the user that callbacks are delivered as.")
    ] = "intake"
    time_limit_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    max_callback_bytes: Annotated[int, Field(ge=1, le=ANSWER_BYTES)] = CALLBACK_BYTES

    @model_validator(mode="after")
    def _callbacks_are_signed(self) -> Self:
        if self.callback_url and not self.callback_secrets:
            raise ValueError("callback_url needs callback_secrets: a callback without a signature is refused")
        if self.url.startswith("http:") and not self.private_addresses:
            raise ValueError("url must be https:// unless private_addresses is true")
        return self


class JobsConnector:
    """One configured tool."""

    def __init__(
        self, name: str, settings: JobSettings, context: ConnectorContext, *, client: PinnedClient | None = None
    ) -> None:
        """`client` is usually made as the settings say."""
        self.name = name
        self._settings = settings
        self._context = context
        self.client = client or PinnedClient(
            settings.url,
            private_addresses=settings.private_addresses,
            headers=lambda: identity(settings.auth, context.secret),
            time_limit_seconds=settings.time_limit_seconds,
            max_answer_bytes=ANSWER_BYTES,
        )
        self._service = HttpJobs(
            self.client, callback_url=settings.callback_url, call_timeout_seconds=settings.time_limit_seconds
        )

    @property
    def max_callback_bytes(self) -> int:
        return self._settings.max_callback_bytes

    def tools(self) -> Sequence[Tool]:
        return job_tools(self._service, self.name)

    async def check(self) -> Health:
        """Searches for a job that cannot be there, and reads every secret."""
        try:
            await self._service.find(f"check-{uuid.uuid4()}")
            for reference in self._settings.callback_secrets:
                self._context.secret(reference)
        except ToolError as error:
            return ailing(error)
        except SecretMissing as error:
            remedy = "set the variable, or put the file where the configuration says; until then callbacks are refused"
            return Health(standing=Standing.DEGRADED, problem=str(error), remedy=remedy)
        answers = "callback" if self._settings.callback_url else "poll"
        return Health(standing=Standing.OK, details={"answers_by": answers})

    def callback(self, headers: Mapping[str, str], body: bytes) -> Callback | None:
        """The job's answer, if the tool has signed it. Raises `CallbackRefused`."""
        try:
            secrets = [self._context.secret(reference) for reference in self._settings.callback_secrets]
        except SecretMissing as error:
            raise CallbackUnverifiable(str(error)) from error
        message_id = verify(secrets, headers, body)
        return read_callback(self.name, message_id, body, deliver_as=self._settings.deliver_as)


class JobsKind:
    """Opens such tools."""

    kind = "jobs"
    settings: type[BaseModel] = JobSettings

    def open(self, name: str, settings: BaseModel, context: ConnectorContext) -> AbstractAsyncContextManager[Connector]:
        return self._opened(name, JobSettings.model_validate(settings), context)

    @asynccontextmanager
    async def _opened(self, name: str, settings: JobSettings, context: ConnectorContext) -> AsyncGenerator[Connector]:
        connector = JobsConnector(name, settings, context)
        try:
            yield connector
        finally:
            await connector.client.aclose()


JOBS = JobsKind()

"""The kind `rest`: operations of an OpenAPI document, each offered as a typed tool."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self, cast

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from policies.action import EffectKind
from tools.connector import Connector, ConnectorContext, Health, Standing
from tools.errors import ToolError, Transient
from tools.port import Tool
from tools.rest.arguments import arguments_model
from tools.rest.auth import HEADER_NAME, Auth, identity
from tools.rest.document import OpenApi, OperationUnsupported, read_openapi
from tools.rest.health import ailing
from tools.rest.operation import Operation, operation_of
from tools.rest.status import refusal
from tools.rest.tool import KeyUse, Lookup, RestTool
from tools.rest.transport import Origin, PinnedClient
from tools.secret import FOLDER

ANSWER_BYTES = 1024 * 1024
FieldPath = Annotated[str, Field(pattern=r"^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*$", max_length=200)]


class RestEntry(BaseModel):
    """Base of the settings."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class LookupEntry(RestEntry):
    """The operation that finds what a write has made, by the key."""

    operation: Annotated[str, Field(description="Id of an operation that only reads.")]
    parameter: Annotated[str, Field(description="Its query parameter that takes the key.")]
    items: Annotated[
        FieldPath | None, Field(description="Where the list stands in its answer; else it is the answer.")
    ] = None
    field: Annotated[str, Field(description="The member of an item that holds the key.")]


class OperationEntry(RestEntry):
    """One operation that becomes a tool."""

    tool: Annotated[str | None, Field(pattern=r"^[a-z][a-z0-9_.]{0,100}$", description="By default `<name>.<id>`.")] = (
        None
    )
    effect: Annotated[
        Literal["read", "write", "irreversible"] | None,
        Field(description="What it does; required unless its method only reads."),
    ] = None
    idempotency_header: Annotated[
        str | None, Field(pattern=HEADER_NAME, description="Header by which the system refuses to do a thing twice.")
    ] = None
    key_field: Annotated[str | None, Field(description="Field of the body that the key is written into.")] = None
    lookup: LookupEntry | None = None


class RestSettings(RestEntry):
    """A system with an OpenAPI document. Servers that the document names are not looked at: `origin` is."""

    document: Annotated[Path, Field(description="File of the OpenAPI 3.0 or 3.1 document, JSON or YAML.")]
    origin: Annotated[Origin, Field(description="Address that paths are put behind; nothing else is ever called.")]
    auth: Auth | None = None
    private_addresses: Annotated[
        bool, Field(description="Whether the address may stand for one of your own network.")
    ] = False
    time_limit_seconds: Annotated[float, Field(gt=0, le=600)] = 20.0
    max_answer_bytes: Annotated[int, Field(ge=1, le=ANSWER_BYTES)] = ANSWER_BYTES
    check_operation: Annotated[
        str | None, Field(description="An operation without arguments that shows all is well.")
    ] = None
    operations: Annotated[dict[str, OperationEntry], Field(min_length=1, description="By their ids.")]
    _document: OpenApi = PrivateAttr()

    @field_validator("document")
    @classmethod
    def _beside_the_configuration(cls, value: Path, info: ValidationInfo) -> Path:
        folder = (info.context or {}).get(FOLDER)
        return Path(folder) / value if folder is not None else value

    @model_validator(mode="after")
    def _fits_the_document(self) -> Self:
        if self.origin.startswith("http:") and not self.private_addresses:
            raise ValueError("origin must be https:// unless private_addresses is true")
        self._document = read_openapi(self.document)
        for operation_id, entry in self.operations.items():
            _check(self._document, operation_id, entry)
        if self.check_operation is not None:
            checked = operation_of(self._document, self.check_operation)
            if not checked.reads or any(parameter.required for parameter in checked.parameters):
                raise ValueError(f"check_operation: {self.check_operation} must only read, and need no arguments")
        return self

    @property
    def openapi(self) -> OpenApi:
        """The document, as it was read when the settings were checked."""
        return self._document


def _check(document: OpenApi, operation_id: str, entry: OperationEntry) -> None:
    """Raises `ValueError` where the entry cannot be meant, naming the operation."""
    operation = operation_of(document, operation_id)
    if entry.effect is None and not operation.reads:
        raise ValueError(f"operations.{operation_id}: {operation.method} may change things: say what its `effect` is")
    if operation.reads and entry.effect not in (None, "read"):
        raise ValueError(f"operations.{operation_id}: {operation.method} only reads")
    if entry.effect in (None, "read") and (entry.idempotency_header or entry.key_field or entry.lookup):
        raise ValueError(f"operations.{operation_id}: what only reads needs no key")
    if (entry.lookup is None) is not (entry.key_field is None):
        raise ValueError(f"operations.{operation_id}: key_field and lookup belong together")
    if entry.key_field is not None and entry.key_field not in (operation.body or {}).get("properties", {}):
        raise ValueError(f"operations.{operation_id}: the body has no field {entry.key_field!r}")
    if entry.lookup is not None:
        finds = operation_of(document, entry.lookup.operation)
        query = {parameter.name for parameter in finds.parameters if parameter.place == "query"}
        others = {p.name for p in finds.parameters if p.required} - {entry.lookup.parameter}
        if not finds.reads or entry.lookup.parameter not in query or others:
            problem = f"{entry.lookup.operation} must only read, and need nothing but {entry.lookup.parameter!r}"
            raise ValueError(f"operations.{operation_id}.lookup: {problem}")
    arguments_model(document, operation, name="Arguments", filled=entry.key_field)


class RestConnector:
    """One configured system."""

    def __init__(
        self, name: str, settings: RestSettings, context: ConnectorContext, *, client: PinnedClient | None = None
    ) -> None:
        """`client` is usually made as the settings say."""
        self.name = name
        self._settings = settings
        self._context = context
        self.client = client or PinnedClient(
            settings.origin,
            private_addresses=settings.private_addresses,
            headers=lambda: identity(settings.auth, context.secret),
            time_limit_seconds=settings.time_limit_seconds,
            max_answer_bytes=settings.max_answer_bytes,
        )

    def tools(self) -> Sequence[Tool]:
        return [self._tool(operation_id, entry) for operation_id, entry in self._settings.operations.items()]

    async def check(self) -> Health:
        """Calls the check operation, or only sees whether anybody answers."""
        checked = self._settings.check_operation
        operation = operation_of(self._settings.openapi, checked) if checked else None
        try:
            answer = await self.client.call(
                operation.method if operation else "GET", operation.path if operation else "/", no_answer=Transient
            )
            refused = refusal(answer, reads=True, now=self._context.clock())
            if refused is not None and (
                operation is not None or refused.reason in ("credentials_refused", "server_error")
            ):
                raise refused
        except ToolError as error:
            return ailing(error)
        shown = "answers and lets us in" if operation else "answers; without a check_operation nothing more is known"
        return Health(standing=Standing.OK, details={"checked": shown})

    def _tool(self, operation_id: str, entry: OperationEntry) -> Tool:
        document = self._settings.openapi
        operation = operation_of(document, operation_id)
        tool = RestTool(
            name=entry.tool or f"{self.name}.{operation_id}",
            target=self.name,
            effect_kind=EffectKind(entry.effect) if entry.effect else EffectKind.READ,
            document=document,
            operation=operation,
            arguments=arguments_model(document, operation, name=f"{operation_id}Arguments", filled=entry.key_field),
            key_use=self._key_use(operation, entry),
            client=self.client,
            time_limit=timedelta(seconds=self._settings.time_limit_seconds),
            clock=self._context.clock,
        )
        # The port's names are of classes, for declaring them; here each is fixed when the object is made.
        return cast("Tool", tool)

    def _key_use(self, operation: Operation, entry: OperationEntry) -> KeyUse:
        if entry.lookup is None:
            return KeyUse(header=entry.idempotency_header)
        if operation.body is None:
            raise OperationUnsupported(f"{operation.operation_id} has no body to write a key into")
        lookup = Lookup(
            operation=operation_of(self._settings.openapi, entry.lookup.operation),
            parameter=entry.lookup.parameter,
            items=tuple(entry.lookup.items.split(".")) if entry.lookup.items else (),
            field=entry.lookup.field,
        )
        return KeyUse(header=entry.idempotency_header, field=entry.key_field, lookup=lookup)


class RestKind:
    """Opens such systems."""

    kind = "rest"
    settings: type[BaseModel] = RestSettings

    def open(self, name: str, settings: BaseModel, context: ConnectorContext) -> AbstractAsyncContextManager[Connector]:
        return self._opened(name, cast("RestSettings", settings), context)

    @asynccontextmanager
    async def _opened(self, name: str, settings: RestSettings, context: ConnectorContext) -> AsyncGenerator[Connector]:
        connector = RestConnector(name, settings, context)
        try:
            yield connector
        finally:
            await connector.client.aclose()


REST = RestKind()

"""The configuration of connectors: one YAML file, read strictly, each mistake with file, connector and field.

ConfigurationRefused
├── ConfigurationUnreadable   the file cannot be opened, or is no YAML mapping
├── ConnectorInvalid          a field of a connector is unknown, missing or has a value that cannot be used
├── SecretInConfiguration     a secret itself stands in the file
└── KindUnknown               no installed distribution offers the kind
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from policies.strict_yaml import read_strictly
from tools.connector import ConnectorKind
from tools.limits import Breaker, Rate, TargetLimits
from tools.plugin import PluginBroken, Plugins, UnknownKind
from tools.secret import FOLDER, LITERAL, is_reference

MAX_FILE_BYTES = 1024 * 1024
NAME = r"^[a-z][a-z0-9_-]{0,62}$"
PREFIX = r"^[a-z][a-z0-9_]{0,30}$"
TENANT = r"^[a-z][a-z0-9_]{0,30}$"
SECRET_FIELD = re.compile(
    r"(password|passwd|passphrase|secret|token|api_?key|private_?key|credential)s?$", re.IGNORECASE
)
"""Names of fields that hold secrets, whatever the kind calls them."""
PASSWORD_IN_ADDRESS = re.compile(r"^[a-z][a-z0-9+.-]*://[^/?#\s]*:[^/?#\s]*@", re.IGNORECASE)
REFERENCE_WANTED = "write env:NAME_OF_A_VARIABLE or file:/path/of/a/file, never the secret itself"


class ConfigurationRefused(ValueError):
    """A configuration of connectors cannot be used; the message names file, connector and field."""

    def __init__(self, file: Path, problem: str, *, connector: str = "", field: str = "") -> None:
        self.file = file
        self.connector = connector
        self.field = field
        self.problem = problem
        where = [str(file), f"connector {connector!r}" if connector else "", field]
        super().__init__(": ".join([*filter(None, where), problem]))


class ConfigurationUnreadable(ConfigurationRefused):
    """The file cannot be opened, or is no YAML mapping."""


class ConnectorInvalid(ConfigurationRefused):
    """A field of a connector is unknown, missing or has a value that cannot be used."""


class SecretInConfiguration(ConfigurationRefused):
    """A secret itself stands in the file; it must be replaced there, and changed: others may have read it."""


class KindUnknown(ConfigurationRefused):
    """No installed distribution offers the kind."""


class Entry(BaseModel):
    """Base of what the file holds."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RateEntry(Entry):
    """At most `calls` in `per_seconds` in the long run, and `burst` at once."""

    calls: Annotated[int, Field(ge=1)]
    per_seconds: Annotated[float, Field(gt=0, le=86_400)] = 1.0
    burst: Annotated[int, Field(ge=1)] = 1


class BreakerEntry(Entry):
    """Leaves the system alone for `cool_down_seconds` after `failures` failed calls without an answer between them."""

    failures: Annotated[int, Field(ge=1)]
    cool_down_seconds: Annotated[float, Field(gt=0, le=86_400)] = 30.0


class LimitsEntry(Entry):
    """What the system takes, for all workers together, in place of what its tools declare."""

    max_concurrent: Annotated[int | None, Field(ge=1)] = None
    rate: RateEntry | None = None
    breaker: BreakerEntry | None = None

    def limits(self) -> TargetLimits:
        """The limits as tools declare them."""
        rate, breaker = self.rate, self.breaker
        return TargetLimits(
            max_concurrent=self.max_concurrent,
            rate=Rate(calls=rate.calls, per=timedelta(seconds=rate.per_seconds), burst=rate.burst) if rate else None,
            breaker=Breaker(failures=breaker.failures, cool_down=timedelta(seconds=breaker.cool_down_seconds))
            if breaker
            else None,
        )


class ConnectorEntry(Entry):
    """One external system: its kind, the tenant that works with it, and the settings of its kind."""

    kind: Annotated[str, Field(pattern=NAME)]
    tenant: Annotated[str | None, Field(pattern=TENANT, description="By default the tenant of `INTERLOCK_TENANT`.")] = (
        None
    )
    prefix: Annotated[
        str | None,
        Field(pattern=PREFIX, description="Put before the names of its tools: `second` makes `second.mail.send`."),
    ] = None
    settings: Annotated[dict[str, Any], Field(description="As its kind says.")] = {}
    limits: LimitsEntry | None = None


class ConfigurationFile(Entry):
    """Connectors by name. The name is the target of the connector's tools."""

    connectors: dict[Annotated[str, Field(pattern=NAME)], ConnectorEntry]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfiguredConnector:
    """A connector as the file describes it, its settings checked by its kind.

    Where the kind is installed and cannot be loaded, `kind_found` and `settings` are None and `problem` says why.
    `build` is the version of the distribution that brings the kind.
    """

    name: str
    kind: str
    tenant: str
    prefix: str | None
    limits: TargetLimits | None
    kind_found: ConnectorKind | None = None
    settings: BaseModel | None = None
    problem: str = ""
    build: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """All connectors of one file."""

    file: Path | None = None
    connectors: tuple[ConfiguredConnector, ...] = ()


def read_configuration(file: Path, plugins: Plugins, *, tenant: str) -> Configuration:
    """The configuration in `file`; connectors that name no tenant are `tenant`'s. Raises `ConfigurationRefused`."""
    raw = _yaml(file)
    for name, field in _secrets_in(raw):
        raise SecretInConfiguration(file, REFERENCE_WANTED, connector=name, field=field)
    try:
        entries = ConfigurationFile.model_validate(raw).connectors
    except ValidationError as error:
        raise _refusal(file, error) from None
    found = tuple(_connector(file, name, entry, plugins, tenant) for name, entry in entries.items())
    return Configuration(file=file, connectors=found)


def _yaml(file: Path) -> Any:
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ConfigurationUnreadable(file, f"the file cannot be read: {error.strerror}") from error
    if len(content) > MAX_FILE_BYTES:
        raise ConfigurationUnreadable(file, f"the file has more than {MAX_FILE_BYTES} bytes")
    try:
        found = read_strictly(content.decode())
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        # The text of a YAML error quotes the line, which may hold what should not be shown.
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        said = str(getattr(error, "problem", None) or type(error).__name__)
        raise ConfigurationUnreadable(file, f"not YAML as it is read here: {said}{where}") from None
    if not isinstance(found, dict):
        raise ConfigurationUnreadable(file, "write a mapping that begins with `connectors:`")
    return found


def _secrets_in(raw: Any) -> Iterator[tuple[str, str]]:
    """Connector and field of every secret that stands in the file itself."""
    connectors = raw.get("connectors")
    for name, entry in connectors.items() if isinstance(connectors, dict) else ():
        for path, value in _texts(entry, ()):
            named = next((part for part in reversed(path) if not part.isdecimal()), "")
            literal = SECRET_FIELD.search(named) is not None and not is_reference(value)
            if literal or PASSWORD_IN_ADDRESS.match(value):
                yield str(name), ".".join(path)


def _texts(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    match value:
        case str():
            yield path, value
        case dict():
            for key, item in value.items():
                yield from _texts(item, (*path, str(key)))
        case list():
            for number, item in enumerate(value):
                yield from _texts(item, (*path, str(number)))
        case _:
            return


def _connector(file: Path, name: str, entry: ConnectorEntry, plugins: Plugins, tenant: str) -> ConfiguredConnector:
    kind: ConnectorKind | None = None
    settings: BaseModel | None = None
    problem = ""
    try:
        kind = plugins.kind(entry.kind)
        settings = kind.settings.model_validate(entry.settings, context={FOLDER: file.absolute().parent})
    except UnknownKind as error:
        raise KindUnknown(file, str(error), connector=name, field="kind") from error
    except PluginBroken as error:
        problem = str(error)
    except ValidationError as error:
        raise _refusal(file, error, before=("connectors", name, "settings")) from None
    return ConfiguredConnector(
        name=name,
        kind=entry.kind,
        tenant=entry.tenant or tenant,
        prefix=entry.prefix,
        limits=entry.limits.limits() if entry.limits else None,
        kind_found=kind,
        settings=settings,
        problem=problem,
        build=plugins.plugin(entry.kind).version,
    )


def _refusal(file: Path, error: ValidationError, *, before: tuple[str, ...] = ()) -> ConfigurationRefused:
    """The first thing that is wrong; what was written is never repeated."""
    first: Mapping[str, Any] = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = (*before, *(str(part) for part in first["loc"]))
    connector = where[1] if len(where) > 1 and where[0] == "connectors" else ""
    field = ".".join(where[2:] if connector else where)
    refused = SecretInConfiguration if first["type"] == LITERAL else ConnectorInvalid
    return refused(file, str(first["msg"]).removeprefix("Value error, "), connector=connector, field=field)

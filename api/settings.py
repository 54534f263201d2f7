"""Settings: environment variables that begin with `INTERLOCK_`, checked once at the start."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from api.errors import SettingsInvalid
from api.oidc_settings import OidcSettings
from graphs.runtime.execution import Execution
from tools.document.virus_scan import scanner_of
from tools.secret import SecretRef

PREFIX = "INTERLOCK_"


class Settings(OidcSettings):
    """Where Interlock keeps its data, what it listens on, and which systems it works with."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    data_dir: Annotated[
        Path, Field(description="Folder of the embedded PostgreSQL, the ERP sandbox and the first API keys.")
    ] = Path(".interlock")
    database_url: Annotated[
        SecretStr | None,
        Field(description="PostgreSQL (15 or newer) to use instead of the embedded one, as `postgresql://…`."),
    ] = None
    host: Annotated[str, Field(description="Address the server listens on.")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the server listens on; 0 takes any free one.")] = 8400
    tenant: Annotated[
        str,
        Field(pattern=r"^[a-z][a-z0-9_]{0,30}$", description="Tenant whose people are made at the first start."),
    ] = "main"
    worker_concurrency: Annotated[
        int,
        Field(
            ge=1,
            le=256,
            description="Cases one worker advances at once; three times as many may wait for slow calls besides.",
        ),
    ] = 16
    workers: Annotated[
        int | None,
        Field(ge=1, le=64, description="Processes that work when serving, this one included; by default two, or one."),
    ] = None
    execution: Annotated[
        Execution,
        Field(
            description="How workers run cases: from the journal, or through LangGraph's runtime with a node a "
            "stretch or a node a step. Cases go on when it is changed."
        ),
    ] = Execution.JOURNAL
    checkpoint_key: Annotated[
        SecretStr | None,
        Field(
            description="Key that seals checkpoints, 64 or more hexadecimal digits; all workers of a database "
            "share it. Without it, one is made in the data folder."
        ),
    ] = None
    signing_key_file: Annotated[
        Path | None,
        Field(
            description="File (PEM, Ed25519) of the key that signs checkpoints of the audit trail and dossiers; all "
            "workers of a database share it. Without it, one is made in the data folder."
        ),
    ] = None
    checkpoint_dir: Annotated[
        Path | None,
        Field(
            description="Folder outside the database that keeps the signed checkpoints of the audit trail; by default "
            "`checkpoints` in the data folder."
        ),
    ] = None
    checkpoint_seconds: Annotated[
        float, Field(ge=1, le=86_400, description="Longest time from a new audit entry to the next signed checkpoint.")
    ] = 60.0
    checkpoint_entries: Annotated[
        int, Field(ge=1, description="How many new audit entries make a signed checkpoint due before its time.")
    ] = 1_000
    erp: Annotated[
        Literal["sandbox", "memory", "tryton", "none"],
        Field(
            description="ERP: a Tryton of Interlock's own, the twin in memory, a Tryton of yours, or only what "
            "INTERLOCK_CONNECTORS names."
        ),
    ] = "sandbox"
    erp_url: Annotated[str | None, Field(description="Address of your Tryton, or of a twin served over HTTP.")] = None
    erp_database: Annotated[str | None, Field(description="Database of your Tryton.")] = None
    erp_user: Annotated[str | None, Field(description="User of your Tryton that Interlock logs in as.")] = None
    erp_password: Annotated[SecretStr | None, Field(description="That user's password.")] = None
    chromium: Annotated[
        Path | None,
        Field(description="Chromium that browser bots use; by default the system's, else Playwright's own."),
    ] = None
    connectors: Annotated[
        Path | None,
        Field(description="YAML file of the external systems that tenants work with, beside the ERP."),
    ] = None
    connector_check_seconds: Annotated[
        float, Field(ge=1, le=86_400, description="How often the server checks its connectors, in seconds.")
    ] = 60.0
    tool_time_limit_seconds: Annotated[
        float, Field(gt=0, le=600, description="How long one call of the ERP may take, in seconds.")
    ] = 20.0
    undo_seconds: Annotated[
        float,
        Field(
            ge=0,
            le=3600,
            description="How long an approval of something irreversible may be undone before the case goes on, in "
            "seconds; 0 lets it go on at once.",
        ),
    ] = 10.0
    virus_scan: Annotated[
        str | None,
        Field(
            description="Virus scanner that sees every document before it is opened: `clamd://host:port`, "
            "`clamd:///path/of/the/socket`, or a command that gets the document on standard input and ends with 0 for "
            "clean and 1 for infected. Without a verdict a document stays closed."
        ),
    ] = None
    ocr_threads: Annotated[
        int | None,
        Field(
            ge=1,
            le=64,
            description="Cores that recognising the text of a scan may use in each process; by default all there are.",
        ),
    ] = None
    llm_base_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^@\s]+$",
            description="Address of an OpenAI-compatible endpoint, usually ending in `/v1`. Unset, no model is asked "
            "and people decide.",
        ),
    ] = None
    llm_model: Annotated[
        str | None, Field(max_length=200, description="Model that is asked; needed with INTERLOCK_LLM_BASE_URL.")
    ] = None
    llm_api_key: Annotated[
        SecretRef | None,
        Field(description="Where the endpoint's key is: `env:NAME` or `file:PATH`, never the key. Read at each call."),
    ] = None
    llm_fallback_model: Annotated[
        str | None, Field(max_length=200, description="Model of the same endpoint that is asked when the first is out.")
    ] = None
    llm_timeout_seconds: Annotated[
        float, Field(gt=0, le=300, description="How long one request to a model may take, in seconds.")
    ] = 30.0
    llm_answer_tokens: Annotated[
        int, Field(ge=64, le=32_768, description="Most tokens of one answer, a model's thinking included.")
    ] = 2048
    llm_logprobs: Annotated[
        bool, Field(description="Ask for the probabilities of an answer's tokens, where the endpoint serves them.")
    ] = False
    llm_price_in_micros_per_1k: Annotated[
        int | None,
        Field(ge=0, description="Price of 1,000 tokens that are sent, in millionths of your currency."),
    ] = None
    llm_price_out_micros_per_1k: Annotated[
        int | None,
        Field(ge=0, description="Price of 1,000 tokens that are answered, in millionths of your currency."),
    ] = None
    llm_cassette: Annotated[
        Path | None, Field(description="File of recorded answers, used as INTERLOCK_LLM_CASSETTE_MODE says.")
    ] = None
    llm_cassette_mode: Annotated[
        Literal["replay", "record"],
        Field(
            description="`replay`: answers come from the cassette alone, never from the network. `record`: the "
            "endpoint is asked, and what it answers is added; by one process only."
        ),
    ] = "replay"
    llm_tenant_daily_tokens: Annotated[
        int | None, Field(ge=0, description="Most tokens that a tenant's questions may use in a day (UTC).")
    ] = None
    llm_tenant_daily_cost_micros: Annotated[
        int | None,
        Field(ge=0, description="Most that they may cost in a day (UTC), in millionths; needs both prices."),
    ] = None
    embeddings_model: Annotated[
        str | None,
        Field(
            max_length=200,
            description="Model that makes vectors of texts, so that precedents with similar texts are found. Unset, "
            "precedents are compared by their facts alone and no text is sent for this.",
        ),
    ] = None
    embeddings_base_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^@\s]+$",
            description="Address of its endpoint, where that is not INTERLOCK_LLM_BASE_URL.",
        ),
    ] = None
    embeddings_api_key: Annotated[
        SecretRef | None,
        Field(
            description="Where the key of INTERLOCK_EMBEDDINGS_BASE_URL is: `env:NAME` or `file:PATH`. The key of "
            "INTERLOCK_LLM_BASE_URL is sent to no other address."
        ),
    ] = None
    embeddings_price_micros_per_1k: Annotated[
        int | None, Field(ge=0, description="Price of 1,000 tokens of texts, in millionths of your currency.")
    ] = None
    session_idle_minutes: Annotated[
        float, Field(ge=1, le=1440, description="A session ends so many minutes after its last request.")
    ] = 30.0
    session_hours: Annotated[
        float, Field(gt=0, le=168, description="A session ends so many hours after signing in, at the latest.")
    ] = 12.0
    public_url: Annotated[
        str | None,
        Field(
            pattern=r"^https?://[^@\s]+$",
            description="Address at which people reach Interlock's pages, for links in notices. Unset, a notice names "
            "the task instead.",
        ),
    ] = None
    metrics_token: Annotated[
        SecretRef | None,
        Field(
            description="Where the token of scrapes is: `env:NAME` or `file:PATH`, never the token. Whoever knows it "
            "reads `GET /metrics` without being a user. Read at each scrape."
        ),
    ] = None
    metrics_port: Annotated[
        int | None,
        Field(
            ge=1,
            le=65535,
            description="Port on which each process gives its own metrics to whoever knows INTERLOCK_METRICS_TOKEN. "
            "The processes that `interlock serve` starts take the next ones.",
        ),
    ] = None
    metrics_host: Annotated[str, Field(description="Address that INTERLOCK_METRICS_PORT is on.")] = "127.0.0.1"
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], Field(description="Least severity that is logged.")
    ] = "INFO"
    api_key: Annotated[SecretStr | None, Field(description="API key the command line calls the server with.")] = None
    url: Annotated[
        str, Field(pattern=r"^https?://", description="Address of the server that the command line calls.")
    ] = "http://127.0.0.1:8400"

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper_case(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _is_postgres(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not value.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("must begin with postgresql://")
        return value

    @field_validator("checkpoint_key")
    @classmethod
    def _is_a_key(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and re.fullmatch(r"(?:[0-9a-fA-F]{2}){32,}", value.get_secret_value()) is None:
            raise ValueError("must be 64 or more hexadecimal digits (make one with: openssl rand -hex 32)")
        return value

    @field_validator("virus_scan")
    @classmethod
    def _is_a_scanner(cls, value: str | None) -> str | None:
        if value is not None:
            scanner_of(value)
        return value

    @model_validator(mode="after")
    def _model_is_complete(self) -> Self:
        if self.llm_base_url is not None and self.llm_model is None:
            raise ValueError(f"{variable('llm_base_url')} is set, so set {variable('llm_model')} too")
        prices = (self.llm_price_in_micros_per_1k, self.llm_price_out_micros_per_1k)
        if None in prices and prices != (None, None):
            raise ValueError(
                f"set both {variable('llm_price_in_micros_per_1k')} and {variable('llm_price_out_micros_per_1k')}, "
                "or neither"
            )
        if self.llm_tenant_daily_cost_micros is not None and None in prices:
            raise ValueError(
                f"{variable('llm_tenant_daily_cost_micros')} needs the prices: without them no cost is known"
            )
        addresses = (self.llm_base_url, self.embeddings_base_url)
        if self.llm_cassette is not None and self.llm_cassette_mode == "record" and addresses == (None, None):
            raise ValueError(f"{variable('llm_cassette_mode')} is record, so set {variable('llm_base_url')} too")
        return self

    @model_validator(mode="after")
    def _metrics_are_guarded(self) -> Self:
        if self.metrics_port is not None and self.metrics_token is None:
            raise ValueError(f"{variable('metrics_port')} is set, so set {variable('metrics_token')} too")
        if self.metrics_port is not None and self.metrics_port + (self.workers or 2) - 1 > 65535:
            raise ValueError(f"{variable('metrics_port')}: the workers' ports behind it would be above 65535")
        return self

    @model_validator(mode="after")
    def _embeddings_are_complete(self) -> Self:
        if self.embeddings_model is None:
            for name in ("embeddings_base_url", "embeddings_api_key", "embeddings_price_micros_per_1k"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{variable(name)} is set, so set {variable('embeddings_model')} too")
            return self
        if self.embeddings_base_url is None:
            if self.embeddings_api_key is not None:
                raise ValueError(f"{variable('embeddings_api_key')} is for {variable('embeddings_base_url')}: set both")
            if self.llm_base_url is None and self.llm_cassette is None:
                raise ValueError(
                    f"{variable('embeddings_model')} is set, so set {variable('embeddings_base_url')} or "
                    f"{variable('llm_base_url')} too"
                )
        if self.llm_tenant_daily_cost_micros is not None and self.embeddings_price_micros_per_1k is None:
            raise ValueError(
                f"{variable('llm_tenant_daily_cost_micros')} needs {variable('embeddings_price_micros_per_1k')} too: "
                "without it the cost of embeddings is not known"
            )
        return self

    @model_validator(mode="after")
    def _provider_is_complete(self) -> Self:
        if self.oidc_issuer is None:
            for name in ("oidc_client_id", "oidc_client_secret", "oidc_new_roles", "oidc_roles_claim"):
                if getattr(self, name) is not None:
                    raise ValueError(f"{variable(name)} is set, so set {variable('oidc_issuer')} too")
            return self
        missing = [variable(name) for name in ("oidc_client_id", "public_url") if getattr(self, name) is None]
        if missing:
            raise ValueError(f"{variable('oidc_issuer')} is set, so set {', '.join(missing)} too")
        if "openid" not in self.oidc_scopes.split():
            raise ValueError(f"{variable('oidc_scopes')}: openid must be among them")
        if (self.oidc_roles_claim is None) != (not self.oidc_roles):
            raise ValueError(f"set both {variable('oidc_roles_claim')} and {variable('oidc_roles')}, or neither")
        return self

    @model_validator(mode="after")
    def _tryton_is_complete(self) -> Self:
        wanted = ("erp_url", "erp_database", "erp_user", "erp_password")
        missing = [variable(name) for name in wanted if getattr(self, name) is None]
        if self.erp == "tryton" and missing:
            raise ValueError(f"{variable('erp')} is tryton, so set {', '.join(missing)} too")
        return self


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"{PREFIX}{name.upper()}"


def load_settings(**overrides: Any) -> Settings:
    """The settings of this process's environment; `overrides` win. Raises `SettingsInvalid`."""
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsInvalid("; ".join(_problem(found) for found in error.errors())) from None


def _problem(found: Any) -> str:
    message = str(found["msg"]).removeprefix("Value error, ")
    where = ".".join(variable(str(part)) for part in found["loc"][:1])
    return f"{where}: {message}" if where else message

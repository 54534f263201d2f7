"""The tables. Every row belongs to a tenant; row-level security is in `security.py`."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from graphs.store.account_tables import ACCOUNT_TABLES, PAUSE_TABLES
from graphs.store.admission_tables import ADMISSION_TABLES
from graphs.store.audit_tables import AUDIT_TABLES
from graphs.store.bulk_tables import BULK_TABLES
from graphs.store.calibration_tables import CALIBRATION_TABLES
from graphs.store.columns import document, instant, of_case
from graphs.store.deadline_tables import DEADLINE_TABLES
from graphs.store.duty_tables import DUTY_TABLES
from graphs.store.escalation_tables import ESCALATION_TABLES
from graphs.store.forecast_tables import FORECAST_TABLES
from graphs.store.information_tables import INFORMATION_TABLES
from graphs.store.lifecycle_tables import LIFECYCLE_TABLES
from graphs.store.model_tables import MODEL_TABLES
from graphs.store.notice_tables import NOTICE_TABLES
from graphs.store.operation_tables import OPERATION_TABLES
from graphs.store.pack_tables import PACK_TABLES
from graphs.store.performer_tables import PERFORMER_TABLES
from graphs.store.quality_tables import QUALITY_TABLES
from graphs.store.question_tables import QUESTION_TABLES
from graphs.store.recall_tables import RECALL_TABLES
from graphs.store.retention_tables import RETENTION_TABLES
from graphs.store.template_tables import TEMPLATE_TABLES
from graphs.store.vector_tables import VECTOR_TABLES
from graphs.store.view_tables import VIEW_TABLES
from graphs.store.workforce_tables import WORKFORCE_TABLES

TENANT_TABLES = (
    "users",
    "roles",
    "user_roles",
    "teams",
    "team_members",
    "authority_limits",
    "documents",
    "cases",
    "tasks",
    "checkpoints",
    "effects",
    "timers",
    "incidents",
    "audit_heads",
    "audit_entries",
    "audit_values",
    *ACCOUNT_TABLES,
    *ADMISSION_TABLES,
    *BULK_TABLES,
    *DEADLINE_TABLES,
    *DUTY_TABLES,
    *ESCALATION_TABLES,
    *FORECAST_TABLES,
    *INFORMATION_TABLES,
    *LIFECYCLE_TABLES,
    *MODEL_TABLES,
    *NOTICE_TABLES,
    *OPERATION_TABLES,
    *PERFORMER_TABLES,
    *QUALITY_TABLES,
    *QUESTION_TABLES,
    *RETENTION_TABLES,
    *AUDIT_TABLES,
    *PACK_TABLES,
    *TEMPLATE_TABLES,
    *CALIBRATION_TABLES,
    *RECALL_TABLES,
    *VECTOR_TABLES,
    *VIEW_TABLES,
    *WORKFORCE_TABLES,
)
"""Tables under FORCEd row-level security. Not among them: `tenants` (ids only) and `api_keys`, which
is searched by hash before the tenant is known, and `PAUSE_TABLES`."""


SHARED_TABLES = ("tenants", "api_keys", *PAUSE_TABLES)
"""Tables without row-level security."""


class Tenant(SQLModel, table=True):
    """An organisation whose rows nobody else sees."""

    __tablename__ = "tenants"
    id: str = Field(primary_key=True)
    name: str


class User(SQLModel, table=True):
    """Who acts; `kind` is `person`, `service` (starts cases) or `agent`, for which the person `sponsor_id` answers."""

    __tablename__ = "users"
    __table_args__ = (UniqueConstraint("tenant", "login", name="user_by_login"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    login: str
    name: str
    kind: str
    email: str | None = None
    active: bool = True
    created_at: datetime = Field(sa_column=instant())
    sponsor_id: str | None = Field(default=None, foreign_key="users.id")


class Role(SQLModel, table=True):
    """A named set of permissions; `given` is what a release gave it, None where none did or it was not noted."""

    __tablename__ = "roles"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    name: str = Field(primary_key=True)
    title: str
    permissions: list[str] = Field(sa_column=document())
    given: list[str] | None = Field(default=None, sa_column=Column(JSONB(none_as_null=True), nullable=True))


class UserRole(SQLModel, table=True):
    """A user's role."""

    __tablename__ = "user_roles"
    tenant: str
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    role: str = Field(primary_key=True)


class Team(SQLModel, table=True):
    """A group of users that shares a queue."""

    __tablename__ = "teams"
    __table_args__ = (UniqueConstraint("tenant", "name", name="team_by_name"),)
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    name: str


class TeamMember(SQLModel, table=True):
    """A user's membership in a team."""

    __tablename__ = "team_members"
    tenant: str
    team_id: str = Field(primary_key=True, foreign_key="teams.id")
    user_id: str = Field(primary_key=True, foreign_key="users.id")


class AuthorityLimit(SQLModel, table=True):
    """How much a user may approve in a matter (`subject`), in minor units of `currency`, between two dates."""

    __tablename__ = "authority_limits"
    __table_args__ = (Index("authority_of_user", "tenant", "user_id", "subject"),)
    id: str = Field(primary_key=True)
    tenant: str
    user_id: str = Field(foreign_key="users.id")
    subject: str
    max_minor: int = Field(sa_column=Column(BigInteger, nullable=False))
    currency: str
    effective_from: date
    effective_to: date | None = None
    entity: str = "any"


class ApiKey(SQLModel, table=True):
    """A key's SHA-256; the key itself is shown once and never stored."""

    __tablename__ = "api_keys"
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    user_id: str = Field(foreign_key="users.id")
    key_hash: str = Field(unique=True)
    created_at: datetime = Field(sa_column=instant())
    revoked_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Document(SQLModel, table=True):
    """An original, stored once by its hash."""

    __tablename__ = "documents"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    sha256: str = Field(primary_key=True)
    name: str
    media_type: str
    size_bytes: int
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    received_at: datetime = Field(sa_column=instant())


class Case(SQLModel, table=True):
    """One running instance of a process definition.

    `epoch` is the fencing token of its lease; `journaled` counts the visits that stand in its journal.
    No column that every step changes is indexed, so that PostgreSQL updates the row in place.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("case_by_trigger", "tenant", "process", "trigger_key", unique=True),
        Index("cases_by_age", "tenant", "created_at", "id"),
        Index("cases_by_status", "tenant", "status", "created_at", "id"),
        Index("cases_under_way", "id", postgresql_where=text("status IN ('running', 'compensating')")),
        Index("cases_at_rest", "id", postgresql_where=text("status IN ('waiting', 'incident', 'suspended')")),
    )
    id: str = Field(primary_key=True)
    tenant: str = Field(foreign_key="tenants.id")
    process: str
    version: int
    definition_digest: str
    status: str
    stage: str
    step: str
    title: str = ""
    outcome: str | None = None
    trigger_key: str
    trigger_digest: str
    input: dict[str, Any] = Field(sa_column=document())
    summary: dict[str, Any] = Field(sa_column=document())
    created_by: str = Field(foreign_key="users.id")
    created_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    epoch: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    lease_owner: str | None = None
    lease_until: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    attempt: int = 0
    journaled: int = 0


class Checkpoint(SQLModel, table=True):
    """LangGraph's state of a thread, sealed with a MAC.

    A running case has one row a namespace, with an empty `slot`, replaced in place; `covered` is how many visits of
    its journal that state holds. A thread that keeps its history has a row a checkpoint, `slot` being its id.
    """

    __tablename__ = "checkpoints"
    tenant: str
    thread: str = Field(primary_key=True)
    namespace: str = Field(primary_key=True)
    slot: str = Field(primary_key=True)
    id: str
    parent: str | None = None
    run_id: str | None = None
    covered: int = 0
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    writes: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class Task(SQLModel, table=True):
    """A human work item. `digest` binds an approval to exactly what was shown.

    `duties` are what approving it does, to whom; `changes` what is different from what was approved before;
    `delegated_by` who gave it to whom it is for, and gets it back where they decline; `assignment` how its assignee was
    chosen, from among whom.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        UniqueConstraint("case_id", "step", "visit", name="task_of_visit"),
        Index("inbox", "tenant", "deadline_at", "id", postgresql_where=text("status IN ('open', 'claimed')")),
        Index(
            "inbox_of_person",
            "tenant",
            "assignee_id",
            "deadline_at",
            "id",
            postgresql_where=text("status IN ('open', 'claimed')"),
            postgresql_include=["effort_minutes"],
        ),
        Index(
            "turns_of_team", "tenant", "team", "assignee_id", "created_at", postgresql_where=text("team IS NOT NULL")
        ),
        Index(
            "tasks_about_the_same",
            "tenant",
            text("(assignment ->> 'sticky')"),
            "created_at",
            postgresql_where=text("assignment ->> 'sticky' IS NOT NULL"),
        ),
        Index(
            "inbox_of_role",
            "tenant",
            "role",
            "deadline_at",
            "id",
            postgresql_where=text("status IN ('open', 'claimed')"),
        ),
        Index(
            "inbox_unassigned",
            "tenant",
            "role",
            "deadline_at",
            "id",
            postgresql_where=text("status IN ('open', 'claimed') AND assignee_id IS NULL"),
        ),
        Index(
            "inbox_delegated",
            "tenant",
            "delegated_by",
            "deadline_at",
            "id",
            postgresql_where=text("status IN ('open', 'claimed') AND delegated_by IS NOT NULL"),
        ),
        Index(
            "tasks_done",
            "tenant",
            "decided_by",
            "decided_at",
            "id",
            postgresql_where=text("decided_by IS NOT NULL"),
        ),
        Index("tasks_answered", "tenant", "decided_at", postgresql_where=text("status = 'answered'")),
    )
    id: str = Field(primary_key=True)
    tenant: str
    case_id: str = Field(sa_column=of_case())
    step: str
    visit: int
    title: str
    question: str
    status: str
    role: str
    assignee_id: str | None = Field(default=None, foreign_key="users.id")
    reasons: list[dict[str, Any]] = Field(sa_column=document())
    evidence: dict[str, Any] = Field(sa_column=document())
    action: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    form: dict[str, Any] = Field(sa_column=document())
    digest: str
    excluded: list[str] = Field(sa_column=document())
    required_limit_minor: int | None = Field(default=None, sa_column=Column(BigInteger, nullable=True))
    currency: str | None = None
    deadline_at: datetime = Field(sa_column=instant())
    overdue: bool = False
    created_at: datetime = Field(sa_column=instant())
    claimed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    decided_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    decided_by: str | None = Field(default=None, foreign_key="users.id")
    decision: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    matter: str | None = None
    entity: str | None = None
    duties: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    changes: list[dict[str, Any]] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    delegated_by: str | None = Field(default=None, foreign_key="users.id")
    assignment: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    team: str | None = None
    skills: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    effort_minutes: int | None = None
    language: str | None = None


class Effect(SQLModel, table=True):
    """One write or irreversible action: planned → sent → confirmed, refused or unknown."""

    __tablename__ = "effects"
    __table_args__ = (
        UniqueConstraint("tenant", "idempotency_key", name="effect_by_key"),
        Index("effects_of_case", "case_id"),
    )
    id: str = Field(primary_key=True)
    tenant: str
    case_id: str = Field(sa_column=of_case())
    step: str
    visit: int
    tool: str
    effect_kind: str
    idempotency_key: str
    action_digest: str
    arguments: dict[str, Any] = Field(sa_column=document())
    status: str
    sends: int = 0
    result: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB, nullable=True))
    error: str | None = None
    planned_at: datetime = Field(sa_column=instant())
    sent_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    ended_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))


class Timer(SQLModel, table=True):
    """An instant at which something is due; `subject` is what: a task's deadline, a case's wait or retry."""

    __tablename__ = "timers"
    __table_args__ = (
        UniqueConstraint("subject", "subject_id", "visit", name="timer_of_subject"),
        Index("timers_due", "due_at", postgresql_where=text("status = 'set'")),
        Index("timers_of_case", "case_id"),
    )
    id: str = Field(primary_key=True)
    tenant: str
    case_id: str = Field(sa_column=of_case())
    subject: str
    subject_id: str
    visit: int = 0
    due_at: datetime = Field(sa_column=instant())
    status: str


class Incident(SQLModel, table=True):
    """A failure that automation could not resolve, grouped by `fingerprint`.

    `step` is the last that had ended, `failed_step` the one that failed; `shape` the message without values.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        Index("open_incidents", "tenant", "status", "fingerprint"),
        Index("incidents_of_case", "case_id"),
        Index("incidents_of_group", "tenant", "fingerprint", "created_at"),
    )
    id: str = Field(primary_key=True)
    tenant: str
    case_id: str = Field(sa_column=of_case())
    step: str
    kind: str
    code: str
    message: str
    fingerprint: str
    status: str
    created_at: datetime = Field(sa_column=instant())
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    closed_by: str | None = Field(default=None, foreign_key="users.id")
    failed_step: str | None = None
    tool: str | None = None
    shape: str | None = None


class AuditHead(SQLModel, table=True):
    """The end of a tenant's chain: the last sequence number and hash."""

    __tablename__ = "audit_heads"
    tenant: str = Field(primary_key=True, foreign_key="tenants.id")
    seq: int = Field(sa_column=Column(BigInteger, nullable=False))
    hash: str


class AuditEntry(SQLModel, table=True):
    """One append-only record. `commitments` are the salted hashes of its values, packed with their names.

    `hash` covers that of the entry before, which has the number before.

    An entry with a `visit` is also the journal of that visit of the step: such a visit never runs again. Number 0 is
    no visit but an order that lets the case go on at the step.
    """

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("audit_of_case", "case_id", "seq"),
        Index("visit_once", "case_id", "step", "visit", unique=True, postgresql_where=text("visit > 0")),
        Index(
            "decisions_of_trail",
            "tenant",
            "seq",
            postgresql_where=text("kind IN ('agent.decided', 'answer.applied')"),
        ),
    )
    tenant: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    at: datetime = Field(sa_column=instant())
    kind: str
    actor: str
    case_id: str | None = None
    step: str | None = None
    visit: int | None = None
    commitments: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditValue(SQLModel, table=True):
    """The values an entry commits to, apart from it, so that they can be erased and the chain stays sound.

    `content` maps each name to its `salt` and `value`; both are null once erased.
    """

    __tablename__ = "audit_values"
    tenant: str = Field(primary_key=True)
    seq: int = Field(sa_column=Column(BigInteger, primary_key=True))
    content: dict[str, Any] = Field(sa_column=document())

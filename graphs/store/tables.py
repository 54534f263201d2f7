"""The tables of cases and their work, and which tables there are; row-level security is in `security.py`."""

# pyright: reportAssignmentType=false
# SQLModel types `__tablename__` as a declared_attr; a plain string is what its documentation shows.

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from graphs.store.account_tables import ACCOUNT_TABLES, PAUSE_TABLES
from graphs.store.admission_tables import ADMISSION_TABLES
from graphs.store.analytics_tables import ANALYTICS_TABLES
from graphs.store.audit_tables import AUDIT_TABLES
from graphs.store.bulk_tables import BULK_TABLES
from graphs.store.calibration_tables import CALIBRATION_TABLES
from graphs.store.chat_tables import CHAT_TABLES
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
from graphs.store.people_tables import PEOPLE_TABLES, UNGUARDED_TABLES
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
    "documents",
    "cases",
    "tasks",
    "checkpoints",
    "effects",
    "timers",
    "incidents",
    *ACCOUNT_TABLES,
    *ADMISSION_TABLES,
    *BULK_TABLES,
    *CHAT_TABLES,
    *DEADLINE_TABLES,
    *DUTY_TABLES,
    *ESCALATION_TABLES,
    *FORECAST_TABLES,
    *INFORMATION_TABLES,
    *LIFECYCLE_TABLES,
    *MODEL_TABLES,
    *NOTICE_TABLES,
    *OPERATION_TABLES,
    *PEOPLE_TABLES,
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
    *ANALYTICS_TABLES,
    *WORKFORCE_TABLES,
)
"""Tables under FORCEd row-level security: all but `SHARED_TABLES`."""


SHARED_TABLES = (*UNGUARDED_TABLES, *PAUSE_TABLES)
"""Tables without row-level security."""


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

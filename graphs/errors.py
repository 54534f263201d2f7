"""Errors of the engine.

EngineError
├── NotFound                  no such case, task, document or user in this tenant
├── Conflict                  the request does not fit what is there
│   ├── TriggerMismatch       the same idempotency key came with another body
│   ├── AlreadyAnswered       the task has its answer
│   └── AnswerOutdated        what the reviewer saw has changed
├── Refused                   the actor may not do this
│   ├── PermissionMissing     no role grants it
│   ├── AuthorityExceeded     the amount is above the actor's limit
│   └── DutiesConflict        the actor may not answer here (requester, earlier approver, toxic duty)
├── Invalid                   the input is wrong; the message says where
│   └── ProtectedField        the field accepts no value from this source
├── LeaseLost                 another worker has the case: stop at once
├── DefinitionMissing         the case is pinned to a definition that is not registered
├── CheckpointUnreadable      the checkpoint names a step the definition does not have
├── CheckpointForged          the checkpoint was not written with this installation's key
├── StateNotPlain             a step put something into the state that is not JSON data
├── LoopBoundExceeded         a step was visited more often than it may be
└── UndeclaredRoute           a step chose a destination it had not declared
"""

from __future__ import annotations

from typing import ClassVar


class EngineError(Exception):
    """Something the engine refuses or cannot do."""

    code: ClassVar[str] = "engine_error"


class NotFound(EngineError):
    """No such case, task, document or user in this tenant."""

    code: ClassVar[str] = "not_found"


class Conflict(EngineError):
    """The request does not fit what is there."""

    code: ClassVar[str] = "conflict"


class TriggerMismatch(Conflict):
    """The same idempotency key came with another body."""

    code: ClassVar[str] = "idempotency_key_reused"


class AlreadyAnswered(Conflict):
    """The task has its answer."""

    code: ClassVar[str] = "task_already_answered"


class AnswerOutdated(Conflict):
    """What the reviewer saw has changed since."""

    code: ClassVar[str] = "answer_outdated"


class Refused(EngineError):
    """The actor may not do this."""

    code: ClassVar[str] = "refused"


class PermissionMissing(Refused):
    """No role of the actor grants it."""

    code: ClassVar[str] = "permission_missing"


class AuthorityExceeded(Refused):
    """The amount is above the actor's limit."""

    code: ClassVar[str] = "authority_exceeded"


class DutiesConflict(Refused):
    """The actor asked for this, approved it already, or did what must not go together with it."""

    code: ClassVar[str] = "segregation_of_duties"


class Invalid(EngineError):
    """The input is wrong; the message says where."""

    code: ClassVar[str] = "invalid"


class ProtectedField(Invalid):
    """The field accepts no value from this source."""

    code: ClassVar[str] = "protected_field"


class LeaseLost(EngineError):
    """Another worker has the case: this one must stop at once."""

    code: ClassVar[str] = "lease_lost"


class DefinitionMissing(EngineError):
    """The case is pinned to a definition that is not registered."""

    code: ClassVar[str] = "definition_missing"


class CheckpointUnreadable(EngineError):
    """The checkpoint names a step the definition does not have."""

    code: ClassVar[str] = "checkpoint_unreadable"


class CheckpointForged(EngineError):
    """The checkpoint was not written with this installation's key."""

    code: ClassVar[str] = "checkpoint_forged"


class StateNotPlain(EngineError):
    """A step put something into the state that is not JSON data."""

    code: ClassVar[str] = "state_not_plain"


class LoopBoundExceeded(EngineError):
    """A step was visited more often than it may be."""

    code: ClassVar[str] = "loop_bound_exceeded"


class UndeclaredRoute(EngineError):
    """A step chose a destination it had not declared."""

    code: ClassVar[str] = "undeclared_route"

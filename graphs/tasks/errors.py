"""Errors of tasks.

EngineError
├── Conflict
│   ├── AlreadyAnswered
│   │   └── TaskWithdrawn     nothing is asked any more
│   ├── TaskHeld              somebody has taken the task, or was given it
│   ├── TaskMoved             the task changed hands since it was looked at
│   ├── NobodyToEscalateTo    there is no supervisor who could take the task
│   ├── QuestionClosed        the question has its answer, or its task
│   ├── NothingToUndo         the task has no answer
│   └── UndoTooLate           the case goes on with the answer, or may not wait for an undo now
├── Refused
│   ├── NotYours              the task is somebody else's to hand on, or its answer to undo
│   └── DelegatedAlready      a task that was delegated is declined, not delegated on
└── Invalid
    ├── EditsNotApprovable    an approval with edits is not possible here
    └── ConfirmationMissing   something irreversible was approved in bulk without being named one by one
"""

from __future__ import annotations

from typing import ClassVar

from graphs.errors import AlreadyAnswered, Conflict, Invalid, Refused


class TaskWithdrawn(AlreadyAnswered):
    """Nothing is asked any more: the task was withdrawn."""

    code: ClassVar[str] = "task_withdrawn"


class TaskHeld(Conflict):
    """Somebody has taken the task, or was given it by name."""

    code: ClassVar[str] = "task_held"


class TaskMoved(Conflict):
    """The task changed hands since it was looked at."""

    code: ClassVar[str] = "task_moved"


class NobodyToEscalateTo(Conflict):
    """There is no supervisor who could take the task."""

    code: ClassVar[str] = "nobody_to_escalate_to"


class QuestionClosed(Conflict):
    """The question has its answer, or its task has."""

    code: ClassVar[str] = "question_closed"


class NothingToUndo(Conflict):
    """The task has no answer that could be undone."""

    code: ClassVar[str] = "nothing_to_undo"


class UndoTooLate(Conflict):
    """The answer counts: it can be undone no more."""

    code: ClassVar[str] = "undo_too_late"


class NotYours(Refused):
    """The task is somebody else's to hand on, or its answer to undo."""

    code: ClassVar[str] = "task_not_yours"


class DelegatedAlready(Refused):
    """A task that was delegated is declined, not delegated on."""

    code: ClassVar[str] = "task_delegated_already"


class EditsNotApprovable(Invalid):
    """An approval with edits is not possible here."""

    code: ClassVar[str] = "edits_not_approvable"


class ConfirmationMissing(Invalid):
    """Something irreversible was approved in bulk without being named one by one."""

    code: ClassVar[str] = "confirmation_missing"

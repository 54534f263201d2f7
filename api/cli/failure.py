"""Failures of the command line: what went wrong and what to do, on stderr, with an exit code."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """0: done. 1: the answer is no (refused, not sound, failed). 2: it could not be asked (no server, no key)."""

    DONE = 0
    NO = 1
    NOT_ASKED = 2


class CommandFailed(Exception):
    """A command ends without its result."""

    def __init__(self, message: str, *, hint: str = "", code: ExitCode = ExitCode.NOT_ASKED) -> None:
        """`hint` says what to do."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code

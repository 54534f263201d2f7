"""Documents wait here for the one process that validates for this one."""

from __future__ import annotations

import asyncio
import sys
import weakref
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final

from tools.document.limits import DEFAULT_LIMITS, Limits
from tools.document.validation.outcome import Outcome, not_validated
from tools.document.validation.process import (
    DEFAULT_VALIDATOR_LIMITS,
    ProcessStopped,
    ValidatingProcess,
    ValidatorLimits,
)

_LOOK_EVERY: Final = 0.02
_COMMAND: Final = (sys.executable, "-m", "tools.document.validation.child")


class Validator:
    """Holds structured documents against schema and rules, one at a time, in a process of its own.

    That process lives on between documents, because compiling the rules takes longer than using them. It is
    replaced after a failure, after so many documents, and after a long rest. Several event loops may share it.
    """

    def __init__(
        self, *, limits: ValidatorLimits = DEFAULT_VALIDATOR_LIMITS, command: Sequence[str] = _COMMAND
    ) -> None:
        """`command` starts the validating process; nothing is started before the first document."""
        self._limits = limits
        self._line = ThreadPoolExecutor(max_workers=1, thread_name_prefix="validator")
        self._process = ValidatingProcess(tuple(command), limits)
        # Also when nobody closes it: at the end of the program, or with the last reference.
        self._end = weakref.finalize(self, ValidatingProcess.end, self._process)

    @property
    def longest_wait(self) -> float:
        """How many seconds `validate` may take, with its place in the line."""
        return self._limits.wait_for

    async def validate(self, content: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Outcome:
        """The outcome for the XML `content`. Never raises: where validation fails, the outcome is "not validated"."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._limits.wait_for):
                return await loop.run_in_executor(self._line, self._validate, content, limits)
        except TimeoutError:
            return not_validated(f"the validator was busy for {self._limits.wait_for:g} s")

    def close(self) -> None:
        """End the validating process, also in the middle of a document; a later document starts another."""
        ended = self._line.submit(self._process.end)
        while not ended.done():
            # Whoever stands before us in the line may start the process only now.
            self._process.interrupt()
            wait([ended], timeout=_LOOK_EVERY)
        ended.result()

    def _validate(self, content: bytes, limits: Limits) -> Outcome:
        try:
            answer = self._process.ask(content, limits)
        except ProcessStopped as stopped:
            return not_validated(str(stopped))
        except OSError as error:
            return not_validated(f"the validating process cannot be started: {error.strerror}")
        return Outcome.model_validate(answer["outcome"]) if "outcome" in answer else not_validated(answer["failed"])

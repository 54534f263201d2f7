"""durable_rules behind a safe subset: the only importer of its C core.

Outside the subset the core crashes, hangs or answers wrongly without a word. So a ruleset here gets
one flat fact per run, with every column, holds only comparisons joined by `and`/`or`, and is used by
one thread at a time, with no `await` between assert and retract. Its answer is not believed:
`judgement` checks that of each condition and its complement exactly one fired.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

import durable_rules_engine as core

from policies.errors import EngineFault

MATCHED = 0
NOT_MATCHED = 1


class Ruleset(Protocol):
    """One set of rules that can be run on a flat fact."""

    def run(self, fact: str) -> set[str]:
        """Names of the rules that fired. Raises `EngineFault`; then the ruleset must not be used again."""
        ...


OpenRuleset = Callable[[str, str], Ruleset]
"""Makes a ruleset from a name and a definition."""


class DurableRuleset:
    """A ruleset of the C core: one permanent state, empty again after each run."""

    def __init__(self, name: str, definition: str) -> None:
        try:
            self._handle = core.create_ruleset(name, definition)
        except Exception as error:
            raise EngineFault(f"{name}: the engine refuses the ruleset: {error}") from error
        self._name = name

    def run(self, fact: str) -> set[str]:
        """Names of the rules that fired on `fact`. Raises `EngineFault`."""
        try:
            fired = self._fire(fact)
            code, _ = core.retract_fact(self._handle, fact)
        except Exception as error:
            raise EngineFault(f"{self._name}: {error}") from error
        if code not in (MATCHED, NOT_MATCHED):
            raise EngineFault(f"{self._name}: retracting the fact answered {code}")
        return fired

    def _fire(self, fact: str) -> set[str]:
        code, state = core.assert_fact(self._handle, fact)
        if code == NOT_MATCHED:
            return set()
        if code != MATCHED:
            raise EngineFault(f"asserting the fact answered {code}")
        fired: set[str] = set()
        started = core.start_action_for_state(self._handle, state)
        message = started[1] if started else None
        while message:
            # The message is {"<rule name>":{…}}; the names are ours and need no unescaping.
            fired.add(message[2 : message.index('"', 2)])
            message = core.complete_and_start_action(self._handle, state)
        return fired


class Rulesets:
    """The rulesets of one decision point, lent to one caller at a time.

    Idle sets are kept for the next caller; a set whose run failed is abandoned, because a handle in
    an unknown state cannot be repaired and deleting it is not safe. A forked child starts anew.
    """

    def __init__(self, name: str, definitions: Sequence[str], *, open_ruleset: OpenRuleset) -> None:
        self._name = name
        self._definitions = tuple(definitions)
        self._open = open_ruleset
        self._idle: deque[list[Ruleset]] = deque()
        self._process = os.getpid()
        self.abandoned = 0

    def run(self, facts: Sequence[str]) -> set[str]:
        """Names of all rules that fired, each ruleset on the fact in its place. Raises `EngineFault`."""
        rulesets, fired = self._lent(), set[str]()
        try:
            for ruleset, fact in zip(rulesets, facts, strict=True):
                fired |= ruleset.run(fact)
        except BaseException:
            self.abandoned += 1
            raise
        self._idle.append(rulesets)
        return fired

    def _lent(self) -> list[Ruleset]:
        """Idle rulesets, or new ones; whoever has them gives them back, or abandons them."""
        if self._process != os.getpid():
            self._idle, self._process = deque(), os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            names = (f"{self._name}.{number}" for number in range(len(self._definitions)))
            return [self._open(*pair) for pair in zip(names, self._definitions, strict=True)]

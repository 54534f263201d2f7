"""What people call a process and its parts, in any language: by the part's name, so that questions can be understood.

A part is the process itself, a step, a stage, a message it waits for, or an exception of its rules. Names are words of
their own already (`approve_invoice` is "approve invoice"); here stands what else people say. Nothing of a case depends
on it.
"""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, tuple[str, ...]]
NO_WORDS: Words = {}

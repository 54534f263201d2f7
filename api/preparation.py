"""What takes long and needs no server: importing the engine, reading and checking its rules."""

from __future__ import annotations

import gc
import importlib
from collections.abc import Callable

RULES = "policies.packaged"


def engine_with(program: str) -> Callable[[], None]:
    """A function that imports `program` with all it needs and loads every packaged rule pack, once a process.

    Nothing of that is garbage: the collector pauses while it is made, and never looks at it again.
    """

    def prepare() -> None:
        gc.disable()
        try:
            importlib.import_module(program)
            packaged = importlib.import_module(RULES)
            for name in packaged.pack_names():
                packaged.rule_book(name)
            gc.freeze()
        finally:
            gc.enable()

    return prepare

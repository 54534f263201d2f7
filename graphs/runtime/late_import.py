"""Modules that need LangGraph are imported when a case first needs them: that takes seconds, and most never do."""

from __future__ import annotations

import asyncio
import importlib
from typing import Any


async def late_import(module: str) -> Any:
    """The module, imported beside the event loop."""
    return await asyncio.to_thread(importlib.import_module, module)

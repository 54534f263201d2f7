"""What happens next: cases, process definitions, the effect ledger, tasks, audit and the runtime.

LangGraph reads `LANGGRAPH_STRICT_MSGPACK` once, when it is first imported; without it a row of the
checkpoint table can construct any Python object (CVE-2026-28277). So it is set here, before any import
of LangGraph below this package, and `graphs.runtime.strictness` refuses to start where that came too late.
"""

from __future__ import annotations

import os

os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")

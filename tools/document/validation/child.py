"""The validating process: `python -m tools.document.validation.child SECONDS`, asked on stdin.

A question is a line of JSON with `size` and `limits`, then that many bytes. The answer is a line of JSON on stdout:
`{"outcome": …}` or `{"failed": …}`. It ends when stdin does, or after SECONDS without a question.
"""

from __future__ import annotations

import json
import select
import sys
from typing import Any

from saxonche import PySaxonApiError

from tools.document.confinement import confine
from tools.document.errors import DocumentRefused
from tools.document.limits import Limits, limits_of
from tools.document.validation.judge import Judge


def main() -> None:
    """Answer until nobody asks any more."""
    idle_seconds = float(sys.argv[1])
    # Saxon reserves far more address space than it ever uses, so whoever asks watches the memory and the time.
    confine(memory_bytes=None, processor_seconds=None)
    judge = Judge()
    while select.select([sys.stdin], [], [], idle_seconds)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        question = json.loads(line)
        content = sys.stdin.buffer.read(question["size"])
        sys.stdout.write(json.dumps(_answer(judge, content, limits_of(question["limits"]))) + "\n")
        sys.stdout.flush()


def _answer(judge: Judge, content: bytes, limits: Limits) -> dict[str, Any]:
    try:
        return {"outcome": judge.judge(content, limits).model_dump(mode="json")}
    except (DocumentRefused, PySaxonApiError, OSError) as error:
        return {"failed": f"{type(error).__name__}: {error}"[:300]}


if __name__ == "__main__":
    main()

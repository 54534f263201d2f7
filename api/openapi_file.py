"""The OpenAPI document that is checked in for the console, whose types are made from it.

`python -m api.openapi_file` writes it anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from api.app import described

FILE: Final = Path(__file__).parent / "console" / "openapi.json"


def document() -> str:
    """What the application says about itself, as text: keys in order, so that a change shows what changed."""
    return json.dumps(described().openapi(), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main() -> None:
    """Write it anew."""
    FILE.write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()

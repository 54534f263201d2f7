"""Make the ERP sandbox's template in a data folder: `python .ci/prepare_sandbox.py FOLDER`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from graphs.store.embedded import EmbeddedPostgres
from tools.erp.sandbox import main


def prepare(folder: Path) -> int:
    """0 when the template is there, in the embedded server or in the one `INTERLOCK_DATABASE_URL` names."""
    own = os.environ.get("INTERLOCK_DATABASE_URL")
    if own:
        return main(["prepare", "--data-dir", str(folder), "--admin-url", own])
    server = EmbeddedPostgres.start(folder / "postgres")
    try:
        return main(["prepare", "--data-dir", str(folder), "--admin-url", server.url()])
    finally:
        server.stop()


if __name__ == "__main__":
    sys.exit(prepare(Path(sys.argv[1]).resolve()))

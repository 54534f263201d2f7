"""A process that starts or joins the embedded server and migrates a database: `… first_start FOLDER NAME`."""

from __future__ import annotations

import sys
from pathlib import Path

from graphs.store.databases import create_database
from graphs.store.embedded import EmbeddedPostgres
from graphs.store.schema import migrate


def main(folder: Path, name: str) -> None:
    """Returns once the database is ready and this process has left the server."""
    server = EmbeddedPostgres.start(folder)
    try:
        create_database(server.url(), name)
        migrate(server.url(name))
        migrate(server.url(name))
    finally:
        server.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

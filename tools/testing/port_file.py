"""The file in which a server for tests says where it listens."""

from __future__ import annotations

import socket
from pathlib import Path


def announce(listener: socket.socket, file: Path) -> None:
    """Write the listener's port to the file, which is either not there or whole: whoever sees it may read it."""
    partial = file.with_suffix(".partial")
    partial.write_text(str(listener.getsockname()[1]), encoding="utf-8")
    partial.rename(file)

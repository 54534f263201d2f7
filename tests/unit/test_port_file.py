"""Whoever sees a server's port file may read it."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

from tools.testing.port_file import announce

FILES = 300


def test_the_file_is_never_seen_before_it_is_whole(tmp_path: Path) -> None:
    files = [tmp_path / str(number) for number in range(FILES)]
    seen: list[str] = []

    def read_each_as_soon_as_it_is_there() -> None:
        for file in files:
            while not file.exists():
                pass
            seen.append(file.read_text(encoding="utf-8"))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        reader = threading.Thread(target=read_each_as_soon_as_it_is_there, daemon=True)
        reader.start()
        for file in files:
            announce(listener, file)
        reader.join(60)
        assert seen == [str(listener.getsockname()[1])] * FILES

"""A target in a process of its own: writes one line a request into a file, and can be asked by key.

python -m tests.chaos.notebook_server FILE [--ignores-keys] [--before SECONDS] [--after SECONDS]

Prints its port. `--before` and `--after` are how long a write is held up before and after it is executed.
The request is executed whether or not its caller is still there.
"""

from __future__ import annotations

import argparse
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit


class NotebookServer(ThreadingHTTPServer):
    """Lines of `key amount`, appended and synced."""

    daemon_threads = True

    def __init__(self, file: Path, *, ignores_keys: bool, before: float, after: float) -> None:
        super().__init__(("127.0.0.1", 0), NotebookRequest)
        self.file = file
        self.ignores_keys = ignores_keys
        self.before = before
        self.after = after
        self.received = 0
        self.lock = threading.Lock()
        file.touch()

    def line_of(self, key: str) -> int | None:
        for number, line in enumerate(self.file.read_text().splitlines(), start=1):
            if line.split(" ")[0] == key:
                return number
        return None

    def write(self, key: str, amount: int) -> int:
        with self.lock:
            known = None if self.ignores_keys else self.line_of(key)
            if known is not None:
                return known
            with self.file.open("a") as book:
                book.write(f"{key} {amount}\n")
                book.flush()
                os.fsync(book.fileno())
            return len(self.file.read_text().splitlines())


class NotebookRequest(BaseHTTPRequestHandler):
    """POST /write {key, amount} · GET /find?key=… · GET /received."""

    server: NotebookServer

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.received += 1
        time.sleep(self.server.before)
        line = self.server.write(asked["key"], asked["amount"])
        time.sleep(self.server.after)
        self.answer({"line": line})

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        if asked.path == "/received":
            self.answer({"received": self.server.received})
        else:
            self.answer({"line": self.server.line_of(parse_qs(asked.query)["key"][0])})

    def answer(self, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        try:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the file is the log."""


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path)
    parser.add_argument("--ignores-keys", action="store_true")
    parser.add_argument("--before", type=float, default=0.0)
    parser.add_argument("--after", type=float, default=0.0)
    options = parser.parse_args()
    server = NotebookServer(options.file, ignores_keys=options.ignores_keys, before=options.before, after=options.after)
    print(server.server_port, flush=True)  # noqa: T201
    server.serve_forever()

"""A running Tryton server: a process of its own that ends with `stop` and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess  # runs the sandbox's own interpreter on fixed arguments, never a shell
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

START_SECONDS = 60.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TrytonProgram:
    """How to run Tryton's programs: interpreter, working folder, configuration text, environment."""

    python: Path
    folder: Path
    config: str
    environment: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A user of the sandbox."""

    user: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTryton:
    """A Tryton server on loopback, and how to log in; `vendors` alone may change the vendor master."""

    url: str
    database: str
    user: str
    password: str = field(repr=False)
    vendors: Login
    process: subprocess.Popen[bytes] = field(repr=False)
    files: tuple[Path, ...] = field(repr=False)

    @property
    def pid(self) -> int:
        """The server's process, leader of its own group."""
        return self.process.pid

    def stop(self) -> None:
        """End the server by its own process id. The database stays."""
        _end(self.process)
        for path in self.files:
            path.unlink(missing_ok=True)


def start_server(program: TrytonProgram, *, database: str, user: Login, vendors: Login) -> RunningTryton:
    """Serve `database`. A server that a killed process left on it is ended first.

    Raises `TimeoutError` with the end of the log when the server does not answer.
    """
    run = program.folder / "run"
    run.mkdir(parents=True, exist_ok=True)
    config, pid_file, log = (run / f"{database}.{suffix}" for suffix in ("conf", "pid", "log"))
    _end_orphan(pid_file, config)
    port = _free_port()
    config.write_text(f"{program.config}[web]\nlisten = 127.0.0.1:{port}\n")
    command = [str(program.python), str(program.python.parent / "trytond"), "-c", str(config), "-d", database]
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - fixed arguments, no shell
            command,
            env=program.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    pid_file.write_text(str(process.pid))
    url = f"http://127.0.0.1:{port}"
    login = {"id": 1, "method": "common.db.login", "params": [user.user, {"password": user.password}, "en"]}
    if not _answers(f"{url}/{database}/rpc/", login, process):
        _end(process)
        raise TimeoutError(f"Tryton did not start on {database}:\n{log.read_text(errors='replace')[-2000:]}")
    return RunningTryton(
        url=url,
        database=database,
        user=user.user,
        password=user.password,
        vendors=vendors,
        process=process,
        files=(config, pid_file, log),
    )


def _answers(url: str, login: dict[str, Any], process: subprocess.Popen[bytes]) -> bool:
    """Whether the user can log in before the time is up."""
    until = time.monotonic() + START_SECONDS
    with httpx.Client(timeout=5, trust_env=False) as client:
        while time.monotonic() < until and process.poll() is None:
            try:
                answer = client.post(url, json=login)
                if answer.status_code == HTTPStatus.OK and "result" in answer.json():
                    return True
            except httpx.TransportError:
                pass
            time.sleep(POLL_SECONDS)
    return False


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def _end_orphan(pid_file: Path, config: Path) -> None:
    """End the server of `pid_file` if that process still is the one serving this configuration."""
    if not pid_file.exists():
        return
    pid = int(pid_file.read_text() or 0)
    command = Path(f"/proc/{pid}/cmdline")
    if pid and command.exists() and str(config).encode() in command.read_bytes().split(b"\0"):
        os.kill(pid, signal.SIGTERM)
    pid_file.unlink(missing_ok=True)

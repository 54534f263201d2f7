"""A process that reads documents has no network, starts no program and writes no file."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

CONFINED = "from tools.document.confinement import confine\nconfine(memory_bytes=None, processor_seconds=5)\n"
KERNEL_ALONE = "from tools.document import confinement\nconfinement._refuse_in_the_kernel()\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.socket()",
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import socket; socket.getaddrinfo('localhost', 80)",
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.fork()",
        "import urllib.request; urllib.request.urlopen('http://127.0.0.1:9/')",
    ],
)
def test_what_leaves_the_process_is_refused(attempt: str) -> None:
    done = run(CONFINED + attempt)
    assert done.returncode == 1
    assert "PermissionError" in done.stderr


def test_a_file_cannot_be_written(tmp_path: Path) -> None:
    file = tmp_path / "a"
    done = run(CONFINED + f"import os\nos.write(os.open({str(file)!r}, os.O_WRONLY | os.O_CREAT), b'x')")
    assert "File too large" in done.stderr
    assert file.read_bytes() == b""


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("libc.socket(2, 1, 0)", "-1 13"),
        ("libc.connect(0, None, 0)", "-1 13"),
        ("libc.execve(b'/bin/true', None, None)", "-1 13"),
        ("libc.getppid() > 0 and 0", "0 0"),
    ],
)
def test_the_kernel_refuses_also_what_a_library_in_c_tries(call: str, answer: str) -> None:
    setup = "import ctypes\nlibc = ctypes.CDLL(None, use_errno=True)\n"
    done = run(KERNEL_ALONE + setup + f"print({call}, ctypes.get_errno())")
    assert done.stdout.strip() == answer


@pytest.mark.skipif(sys.platform != "linux", reason="the filter is Linux's")
async def test_an_entity_that_points_at_a_server_never_reaches_it() -> None:
    """With a parser set to fetch whatever a document asks for, the confinement alone keeps it from the network."""
    reached: list[bool] = []

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(True)
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n<!ELEMENT x ANY>")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    fetch = (
        "from lxml import etree\n"
        "parser = etree.XMLParser(no_network=False, load_dtd=True, resolve_entities=True)\n"
        f"document = b'<!DOCTYPE x SYSTEM \"http://127.0.0.1:{port}/x.dtd\"><x/>'\n"
        "try:\n    etree.fromstring(document, parser)\nexcept etree.XMLSyntaxError as error:\n    print(error)\n"
    )
    async with server:
        loose = await asyncio.create_subprocess_exec(sys.executable, "-c", fetch)
        await loose.wait()
        without = len(reached)
        held = await asyncio.create_subprocess_exec(sys.executable, "-c", CONFINED + fetch, cwd=ROOT)
        await held.wait()
    assert len(reached) == without

"""A process that reads documents has no network, starts no program and writes no file."""

from __future__ import annotations

import asyncio
import socket
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


FETCH = """
import socket, sys, urllib.request
from lxml import etree

class FromTheNetwork(etree.Resolver):
    def resolve(self, url, _id, context):
        return self.resolve_string(urllib.request.urlopen(url, timeout=5).read(), context)

parser = etree.XMLParser(no_network=False, load_dtd=True, resolve_entities=True)
parser.resolvers.add(FromTheNetwork())
document = b'<!DOCTYPE x SYSTEM "http://127.0.0.1:%(port)d/x.dtd"><x>&word;</x>'
def with_an_entity():
    print(etree.fromstring(document, parser).text)
def with_urllib():
    print(urllib.request.urlopen("http://127.0.0.1:%(port)d/x.dtd", timeout=5).read())
def with_a_socket():
    with socket.create_connection(("127.0.0.1", %(port)d), timeout=5) as made:
        made.sendall(b"GET /x.dtd HTTP/1.0\\r\\n\\r\\n")
        print(made.recv(100))
%(way)s()
"""


@pytest.mark.parametrize("way", ["with_an_entity", "with_urllib", "with_a_socket"])
async def test_an_entity_that_points_at_a_server_never_reaches_it(way: str) -> None:
    """A parser set to fetch whatever a document asks for reaches the server, unless its process is confined."""
    reached: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(await reader.readline())
        writer.write(b"HTTP/1.0 200 OK\r\n\r\n<!ENTITY word 'fetched'>")
        await writer.drain()
        writer.close()

    async def run_child(code: str) -> int | None:
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-c", code, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return await child.wait()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        fetch = FETCH % {"port": server.sockets[0].getsockname()[1], "way": way}
        assert await run_child(fetch) == 0
        assert reached == [b"GET /x.dtd HTTP/1.1\r\n"] or reached == [b"GET /x.dtd HTTP/1.0\r\n"]
        assert await run_child(CONFINED + fetch) != 0
    assert len(reached) == 1


def test_a_descriptor_that_was_inherited_still_carries_words_when_no_new_one_may_be_made() -> None:
    ours, theirs = socket.socketpair()
    talk = (
        "import os, socket\n"
        f"channel = os.fdopen({theirs.fileno()}, 'wb', closefd=False)\n"
        "channel.write(b'page')\nchannel.flush()\n"
        f"print(os.read({theirs.fileno()}, 5))\n"
        "socket.socketpair()\n"
    )
    with ours, theirs:
        ours.sendall(b"words")
        done = subprocess.run(
            [sys.executable, "-c", CONFINED + talk],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            pass_fds=(theirs.fileno(),),
        )
        assert ours.recv(4) == b"page"
    assert done.stdout.strip() == "b'words'"
    assert "PermissionError" in done.stderr

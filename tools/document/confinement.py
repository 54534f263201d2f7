"""What a process that reads a document gives up before it sees the first byte: memory, time, files and the network."""

from __future__ import annotations

import ctypes
import errno
import platform
import resource
import struct
import sys
from typing import Any, Final

_OPEN_FILES: Final = 64
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_SECCOMP: Final = 22
_SECCOMP_MODE_FILTER: Final = 2
# A filter is a program of the classic Berkeley packet filter: (code, jump if true, jump if false, value).
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBERS_OF_X32 = 0x40000000
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
# What the kernel calls the machine, and the numbers of the calls socket, connect, execve and execveat.
_MACHINES: Final = {
    "x86_64": (0xC000003E, (41, 42, 59, 322)),
    "aarch64": (0xC00000B7, (198, 203, 221, 281)),
}
_REFUSED_EVENTS: Final = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "urllib.")


def confine(*, memory_bytes: int | None, processor_seconds: int | None) -> None:
    """Cap this process for good: no network, no other program, no file written, no core dump, few files open.

    The network is refused twice: by the kernel, which also holds for libraries in C (Linux on x86-64 and ARM64), and
    by the interpreter's audit hook. `memory_bytes` is address space; None leaves it, or the time, uncapped.
    """
    caps = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, _OPEN_FILES)]
    if memory_bytes is not None:
        caps.append((resource.RLIMIT_AS, memory_bytes))
    if processor_seconds is not None:
        caps.append((resource.RLIMIT_CPU, processor_seconds))
    for what, most in caps:
        resource.setrlimit(what, (most, most))
    _refuse_in_the_kernel()
    sys.addaudithook(_refuse)


def _refuse(event: str, _arguments: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED_EVENTS):
        raise PermissionError(errno.EACCES, f"a process that reads documents may not do this: {event}")


def _refuse_in_the_kernel() -> None:
    """A seccomp filter that answers "permission denied"; nothing on other systems and where the kernel has none."""
    machine = _MACHINES.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        return
    program = _program(*machine)
    code = ctypes.create_string_buffer(program)
    prog = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.create_string_buffer(prog), 0, 0)


def _program(architecture: int, refused: tuple[int, ...]) -> bytes:
    """The filter: another machine's calls, and the refused ones, fail; every other call goes on."""
    steps = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_JUMP_IF_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _REFUSE),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_JUMP_IF_AT_LEAST, len(refused) + 1, 0, _NUMBERS_OF_X32),
        *((_JUMP_IF_EQUAL, len(refused) - index, 0, number) for index, number in enumerate(refused)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)

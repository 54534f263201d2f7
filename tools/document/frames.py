"""Messages between the processes that read documents: a line of JSON and the bytes that belong to it."""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO, Final

from tools.document.errors import ReaderDied

HEAD: Final = struct.Struct(">II")
"""How many bytes of JSON follow, and how many bytes after them."""
READY: Final = "ready"
"""The first message of a process that has loaded what it needs."""
MAX_JSON: Final = 16 * 1024 * 1024
MAX_BYTES: Final = 64 * 1024 * 1024

Frame = tuple[dict[str, Any], bytes]


def packed(message: dict[str, Any], payload: bytes = b"") -> bytes:
    """`message` and `payload` as one frame."""
    text = json.dumps(message, ensure_ascii=False, allow_nan=False).encode()
    return HEAD.pack(len(text), len(payload)) + text + payload


def sizes(head: bytes) -> tuple[int, int]:
    """The two lengths of a frame. Raises `ReaderDied` for more than any reader sends."""
    json_bytes, payload_bytes = HEAD.unpack(head)
    if json_bytes > MAX_JSON or payload_bytes > MAX_BYTES:
        raise ReaderDied("a process that reads documents sent a message of absurd size")
    return json_bytes, payload_bytes


def unpacked(text: bytes) -> dict[str, Any]:
    """The message of a frame. Raises `ReaderDied` where it is none."""
    try:
        message = json.loads(text)
    except ValueError:
        raise ReaderDied("a process that reads documents sent no JSON") from None
    if not isinstance(message, dict):
        raise ReaderDied("a process that reads documents sent JSON that is no message")
    return message


def read_frame(stream: BinaryIO) -> Frame | None:
    """The next frame, None at the end of the stream. Raises `ReaderDied` for half a frame."""
    head = stream.read(HEAD.size)
    if not head:
        return None
    json_bytes, payload_bytes = sizes(_whole(head, HEAD.size))
    text = _whole(stream.read(json_bytes), json_bytes)
    return unpacked(text), _whole(stream.read(payload_bytes), payload_bytes)


def write_frame(stream: BinaryIO, message: dict[str, Any], payload: bytes = b"") -> None:
    """Send one frame at once."""
    stream.write(packed(message, payload))
    stream.flush()


def _whole(data: bytes, length: int) -> bytes:
    if len(data) != length:
        raise ReaderDied("a process that reads documents stopped in the middle of a message")
    return data

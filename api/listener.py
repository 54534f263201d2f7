"""The socket that the API listens on."""

from __future__ import annotations

import socket

from api.errors import PortTaken

BACKLOG = 1024


def bind(host: str, port: int, *, setting: str = "INTERLOCK_PORT") -> socket.socket:
    """A socket on the address, bound before anything slow starts. Raises `PortTaken`, which names the `setting`."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortTaken(f"port {port} is taken ({error.strerror}): set {setting}") from error
    return listener


def url_of(listener: socket.socket) -> str:
    """The address of a bound socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

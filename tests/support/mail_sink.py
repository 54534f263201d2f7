"""A real SMTP server on a loopback socket (aiosmtpd) that keeps what it is given, and fails as it is told."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tools.testing.mail import SentMail


@dataclass(kw_only=True)  # no slots: aiosmtpd looks at every member, and Python 3.11.2 has one that cannot be read
class MailSink:
    """What was taken. `rcpt`, `data` and `greeting` are answers to give instead, each once."""

    sent: list[SentMail] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)
    loses: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.rcpt:
            answer = self.rcpt.pop(0)
            if answer != "250":
                return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """`before` loses the connection without taking the mail, `after` once it is taken."""
        if self.data:
            return self.data.pop(0)
        lost = self.loses.pop(0) if self.loses else ""
        if lost != "before":
            content = envelope.original_content or b""
            self.sent.append(
                SentMail(sender=str(envelope.mail_from), recipients=tuple(envelope.rcpt_tos), content=content)
            )
        if lost:
            server.transport.abort()
        return f"250 taken as {len(self.sent)}"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, auth: Any) -> AuthResult:
        right = isinstance(auth, LoginPassword) and auth.password == b"secret"
        self.logins.append(auth.login.decode() if isinstance(auth, LoginPassword) else "?")
        return AuthResult(success=right, handled=False)


@asynccontextmanager
async def mail_sink(
    *, starttls: ssl.SSLContext | None = None, tls: ssl.SSLContext | None = None, login: bool = False
) -> AsyncIterator[MailSink]:
    """The server in this event loop, until the block ends."""
    sink = MailSink()
    known: dict[str, Any] = {"authenticator": sink.authenticate, "auth_require_tls": False} if login else {}
    if starttls is not None:
        known |= {"tls_context": starttls, "require_starttls": True}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(sink, loop=loop, **known), "127.0.0.1", 0, ssl=tls)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()

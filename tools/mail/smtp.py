"""An outbox over SMTP, with every answer of the server in its place in the taxonomy."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiosmtplib
from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPNotSupported,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)
from pydantic import SecretStr

from tools.connector import Health, Standing
from tools.errors import Ambiguous, Permanent, ToolError, Transient
from tools.mail.headers import printable
from tools.mail.outbox import Receipt
from tools.mail.settings import Outbound
from tools.mail.transport import tls_context
from tools.secret import SecretMissing

TARGET = "smtp"
LONGEST_RESPONSE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpOutbox:
    """One connection a mail: servers close idle ones, and a mail is rare."""

    server: Outbound
    password: Callable[[], SecretStr] | None = None

    @property
    def call_timeout_seconds(self) -> float:
        return self.server.timeout_seconds * 3

    async def send(self, *, sender: str, recipients: Sequence[str], content: bytes) -> Receipt:
        async with self._connected() as client:
            await self._announce(client, sender, recipients)
            return await self._give(client, content)

    async def check(self) -> Health:
        started = time.monotonic()
        try:
            async with self._connected() as client:
                await client.noop()
        except (ToolError, SMTPException, OSError) as error:
            problem = error.message if isinstance(error, ToolError) else f"{self.server.host} refused a greeting"
            remedy = "compare host, port, security, user and password of the outbound server"
            return Health(standing=Standing.DOWN, problem=problem, remedy=remedy, seconds=time.monotonic() - started)
        return Health(standing=Standing.OK, seconds=time.monotonic() - started)

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[SMTP]:
        client = SMTP(
            hostname=self.server.host,
            port=self.server.port,
            timeout=self.server.timeout_seconds,
            use_tls=self.server.security == "tls",
            start_tls=self.server.security == "starttls",
            tls_context=tls_context(self.server.ca_file) if self.server.security != "none" else None,
        )
        try:
            await self._log_in(client)
            yield client
        finally:
            await _quit(client)

    async def _log_in(self, client: SMTP) -> None:
        host = self.server.host
        try:
            await client.connect()
            if self.server.login is not None and self.password is not None:
                await client.login(self.server.login.user, self.password().get_secret_value())
        except SecretMissing as error:
            raise Permanent(str(error), tool=TARGET, code="secret_missing") from error
        except SMTPAuthenticationError as error:
            refused = Transient if error.code < 500 else Permanent
            raise refused(f"{host} refuses the user or the password", tool=TARGET, code="login_refused") from error
        except (SMTPException, OSError) as error:
            raise before_mail(error, host) from error

    async def _announce(self, client: SMTP, sender: str, recipients: Sequence[str]) -> None:
        """Name sender and recipients. One recipient refused refuses the mail: nothing was sent to anybody yet."""
        try:
            await client.mail(sender)
            for recipient in recipients:
                await client.rcpt(recipient)
        except (SMTPException, OSError) as error:
            raise before_mail(error, self.server.host) from error

    async def _give(self, client: SMTP, content: bytes) -> Receipt:
        try:
            response = await client.data(content)
        except SMTPResponseException as error:
            raise refusal_of(error, self.server.host) from error
        except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
            reason = f"{self.server.host} was lost while it took the mail ({type(error).__name__})"
            raise Ambiguous(reason, tool=TARGET, code="lost_after_data") from error
        return Receipt(response=printable(response.message, limit=LONGEST_RESPONSE))


async def _quit(client: SMTP) -> None:
    """Say goodbye; whatever comes of it, the mail has its outcome already."""
    try:
        if client.is_connected:
            async with asyncio.timeout(2):
                await client.quit()
    except (SMTPException, OSError, TimeoutError):
        client.close()


def refusal_of(error: SMTPResponseException, host: str) -> ToolError:
    """An answer of the server: 4yz may pass, 5yz will not."""
    text = printable(error.message, limit=LONGEST_RESPONSE)
    reason = f"{host} answers {error.code}: {text}"
    if 400 <= error.code < 500:
        return Transient(reason, tool=TARGET, code="refused_for_now")
    return Permanent(reason, tool=TARGET, code="refused")


def before_mail(error: Exception, host: str) -> ToolError:
    """A failure before the text was sent: nothing has happened, whatever it was."""
    certificate = _cause(error, ssl.SSLCertVerificationError)
    if isinstance(certificate, ssl.SSLCertVerificationError):
        reason = f"the certificate of {host} is not accepted: {certificate.verify_message}"
        return Permanent(reason, tool=TARGET, code="certificate_refused")
    if isinstance(error, aiosmtplib.SMTPConnectResponseError):
        return Transient(f"{host} does not greet ({error.code})", tool=TARGET, code="unreachable")
    if isinstance(error, SMTPResponseException):
        return refusal_of(error, host)
    if isinstance(error, SMTPNotSupported) or _is_missing_tls(error):
        return Permanent(f"{host} does not offer what is configured: {error}", tool=TARGET, code="not_offered")
    return Transient(f"{host} cannot be reached ({type(error).__name__})", tool=TARGET, code="unreachable")


def _is_missing_tls(error: Exception) -> bool:
    return type(error) is SMTPException and "STARTTLS" in str(error)


def _cause(error: BaseException, wanted: type[BaseException]) -> BaseException | None:
    found: BaseException | None = error
    while found is not None and not isinstance(found, wanted):
        found = found.__cause__ or found.__context__
    return found

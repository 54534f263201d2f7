"""An announcer through apprise: one address, one channel, whatever chat, webhook or mail server is behind it.

apprise says whether a channel took a note, and only in its log why not. That log is caught here and read for the kind
of failure; it is passed on to nobody, because it holds addresses, and addresses are secrets. Mails are not sent by
apprise but through the outbox, which keeps the Message-ID and knows which failures are certain.
"""

from __future__ import annotations

import asyncio
import importlib
import logging
import re
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from pydantic import SecretStr, ValidationError

from tools.connector import Health, Standing
from tools.errors import Ambiguous, Permanent, ToolError
from tools.mail.address import domain_of
from tools.mail.compose import Letter, composed
from tools.mail.identity import message_id_of
from tools.mail.settings import Outbound
from tools.mail.smtp import SmtpOutbox
from tools.mail.transport import is_this_machine
from tools.notify.port import Delivery, Note, Outcome
from tools.secret import SecretMissing, SecretRef

STATUS = re.compile(r"error=(\d{3})\b")
NEVER_SENT = (
    "Connection refused",
    "ConnectTimeout",
    "NewConnectionError",
    "NameResolutionError",
    "Name or service not known",
    "No route to host",
    "CERTIFICATE_VERIFY_FAILED",
)
"""What stands in the log where a connection was never made: certainly nothing was sent."""
SECURITY = {"ssl": "tls", "starttls": "starttls", "insecure": "none"}
PORTS = {"ssl": 465, "starttls": 587, "insecure": 25}
REPEATED = "[again] "
SENT_AT_ONCE = 8
"""Threads for each channel, made when needed: twice as many as notes are under way unless somebody sets another limit.

A note that had to wait for one would use up its time, and nobody could tell that it was never sent.
"""
KEY_HEADER = "Idempotency-Key"


@cache
def apprise() -> Any:
    """The library with its plugins, imported when first needed: it takes a second. Its log reaches nobody from then."""
    with warnings.catch_warnings():
        # Its plugins still use what Python will take away in 3.13, which Interlock does not run on.
        warnings.simplefilter("ignore", DeprecationWarning)
        found = importlib.import_module("apprise")
        found.Apprise.instantiate("json://localhost")
    own = logging.getLogger("apprise")
    own.propagate = False
    own.setLevel(logging.DEBUG)
    own.addHandler(logging.NullHandler())
    # It logs the path of every request, and the path of a webhook is its password.
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class AppriseAnnouncer:
    """The configured channels; an address is read from its secret at every note, so that a changed one counts."""

    addresses: Mapping[str, SecretRef]
    secret: Callable[[SecretRef], SecretStr]
    call_timeout_seconds: float
    _threads: ThreadPoolExecutor = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Threads for channels alone: one that is slow takes none that all short work of the process shares."""
        most = SENT_AT_ONCE * max(1, len(self.addresses))
        object.__setattr__(self, "_threads", ThreadPoolExecutor(most, thread_name_prefix="channels"))

    def close(self) -> None:
        """Send nothing more; what is under way ends by itself."""
        self._threads.shutdown(wait=False)

    @property
    def channels(self) -> Sequence[str]:
        return tuple(self.addresses)

    async def announce(self, channel: str, note: Note) -> Delivery:
        try:
            service = await asyncio.to_thread(self._service, channel)
            if isinstance(service, str):
                return Delivery(outcome=Outcome.REFUSED, reason=service)
            # Loading the library is not the channel's time.
            async with asyncio.timeout(self.call_timeout_seconds):
                if is_mail(service):
                    return await self._mailed(channel, service, note)
                return await self._sent(service, note)
        except TimeoutError:
            return Delivery(outcome=Outcome.UNKNOWN, reason="the channel did not answer in time")
        except Exception as error:
            # A plugin may raise anything, and its text may hold the address: only the kind is told.
            return Delivery(outcome=Outcome.UNKNOWN, reason=f"the channel failed with {type(error).__name__}")

    async def check(self) -> Health:
        started = time.monotonic()
        found = [await self._problem(channel) for channel in self.channels]
        down = [problem for problem in found if problem]
        standing = Standing.OK if not down else Standing.DOWN if len(down) == len(found) else Standing.DEGRADED
        return Health(
            standing=standing,
            problem="; ".join(down),
            remedy="set the channels' addresses as apprise writes them" if down else "",
            seconds=time.monotonic() - started,
            details={"channels": len(found)},
        )

    async def _problem(self, channel: str) -> str:
        """What is wrong with a channel, as far as can be seen without announcing anything."""
        service = await asyncio.to_thread(self._service, channel)
        if isinstance(service, str):
            return f"{channel}: {service}"
        if is_mail(service):
            outbox = self._outbox(channel, service)
            return f"{channel}: {outbox}" if isinstance(outbox, str) else _prefixed(channel, await outbox.check())
        # A plugin without a protocol that is not encrypted has only one that is.
        plain = bool(service.protocol) and not service.secure
        encrypted = not plain or is_this_machine(str(service.host))
        return "" if encrypted else f"{channel}: its address is not encrypted, so anybody on the way can read it"

    def _service(self, channel: str) -> Any:
        """The channel's plugin, or in words why there is none."""
        reference = self.addresses.get(channel)
        if reference is None:
            return f"there is no channel {channel!r}"
        try:
            address = self.secret(reference).get_secret_value().strip()
        except SecretMissing as error:
            return str(error)
        library = apprise()
        asset = library.AppriseAsset(storage_mode="memory", http_redirects=False)
        service = library.Apprise.instantiate(address, asset=asset)
        if service is None:
            return f"what {reference} holds is no address that apprise knows"
        half = max(0.5, self.call_timeout_seconds / 2)
        service.socket_connect_timeout = service.socket_read_timeout = half
        return service

    async def _sent(self, service: Any, note: Note) -> Delivery:
        library = apprise()
        if isinstance(getattr(service, "headers", None), dict):
            service.headers[KEY_HEADER] = note.id
        sender = library.Apprise(asset=service.asset)
        sender.add(service)
        send = partial(
            sender.notify,
            title=f"{REPEATED}{note.title}" if note.repeated else note.title,
            body=note.body,
            notify_type=note.urgency,
            body_format="text",
            interpret_escapes=False,
            timeout=self.call_timeout_seconds,
            log_level=logging.DEBUG,
        )
        result = await asyncio.get_running_loop().run_in_executor(self._threads, send)
        return delivery_of(bool(result), " ".join(entry.message for entry in result.logs()))

    async def _mailed(self, channel: str, service: Any, note: Note) -> Delivery:
        outbox = self._outbox(channel, service)
        if isinstance(outbox, str):
            return Delivery(outcome=Outcome.REFUSED, reason=outbox)
        sender = str(service.from_addr[1])
        recipients = tuple(dict.fromkeys([*(address for _, address in service.targets), *service.cc, *service.bcc]))
        letter = Letter(
            message_id=message_id_of(note.id, domain=domain_of(sender)),
            key=note.id,
            sender=sender,
            recipients=tuple(address for _, address in service.targets),
            subject=note.title,
            text=note.body,
        )
        content = composed(letter, now=datetime.now(UTC), repeated=note.repeated)
        try:
            await outbox.send(sender=sender, recipients=recipients, content=content)
        except Ambiguous as error:
            return Delivery(outcome=Outcome.UNKNOWN, reason=error.message)
        except Permanent as error:
            return Delivery(outcome=Outcome.REFUSED, reason=error.message)
        except ToolError as error:
            return Delivery(outcome=Outcome.FAILED, reason=error.message)
        return Delivery(outcome=Outcome.DELIVERED)

    def _outbox(self, channel: str, service: Any) -> SmtpOutbox | str:
        mode = str(getattr(service.secure_mode, "value", service.secure_mode))
        login = (
            {"user": service.user, "password": self.addresses[channel]} if service.user and service.password else None
        )
        try:
            server = Outbound.model_validate(
                {
                    "host": service.smtp_host,
                    "port": service.port or PORTS[mode],
                    "security": SECURITY[mode],
                    "login": login,
                    "sender": service.from_addr[1],
                    "timeout_seconds": self.call_timeout_seconds / 3,
                }
            )
        except (ValidationError, KeyError):
            return "its address names no server of mail that can be used: it needs a sender, and TLS unless it is local"
        secret = SecretStr(str(service.password or ""))
        return SmtpOutbox(server=server, password=lambda: secret)


def is_mail(service: Any) -> bool:
    """Whether the plugin sends mails over SMTP."""
    return hasattr(service, "smtp_host") and hasattr(service, "secure_mode")


def delivery_of(delivered: bool, logged: str) -> Delivery:
    """The outcome, from what apprise said and what it logged."""
    if delivered:
        return Delivery(outcome=Outcome.DELIVERED)
    status = STATUS.findall(logged)
    if status:
        return _answered(int(status[-1]))
    if any(mark in logged for mark in NEVER_SENT):
        return Delivery(outcome=Outcome.FAILED, reason="the channel cannot be reached")
    return Delivery(outcome=Outcome.UNKNOWN, reason="the channel did not say whether it took the note")


def _answered(status: int) -> Delivery:
    reason = f"the channel answers {status}"
    if status in (408, 425, 429, 503):
        return Delivery(outcome=Outcome.FAILED, reason=reason)
    if 300 <= status < 500:
        return Delivery(outcome=Outcome.REFUSED, reason=reason)
    return Delivery(outcome=Outcome.UNKNOWN, reason=reason)


def _prefixed(channel: str, health: Health) -> str:
    return f"{channel}: {health.problem}" if health.problem else ""

"""A mailbox over IMAP, through `imap-tools` in a thread of its own with time-outs.

Its `move` and `flag` are not used: both expunge the whole folder, and with it what other people have marked as
deleted. Mails are moved by MOVE or by COPY and UID EXPUNGE, or stay and get a keyword.
"""

from __future__ import annotations

import asyncio
import imaplib
import re
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

from imap_tools.errors import ImapToolsError, MailboxLoginError
from imap_tools.mailbox import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.utils import encode_folder
from pydantic import SecretStr

from tools.connector import Health, Standing
from tools.errors import Permanent, ToolError, Transient
from tools.mail.mailbox import MailRef
from tools.mail.settings import ImapAccount
from tools.mail.transport import tls_context
from tools.secret import SecretMissing

TAKEN, REFUSED = "$InterlockTaken", "$InterlockRefused"
TARGET = "imap"
GRACE_SECONDS = 5.0
ENVELOPE = re.compile(rb'UID (?P<uid>\d+)|RFC822\.SIZE (?P<size>\d+)|INTERNALDATE "(?P<date>[^"]+)"')
Result = TypeVar("Result")


class ImapMailbox:
    """One account's folder. Connects when first asked, and again after a failure."""

    def __init__(self, account: ImapAccount, *, password: Callable[[], SecretStr]) -> None:
        """`password` is asked for at every connection, so that a changed one counts."""
        self._account = account
        self._password = password
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="imap")
        self._box: BaseMailBox | None = None
        self._validity = ""
        self._capabilities: frozenset[str] = frozenset()

    async def waiting(self, *, limit: int) -> Sequence[MailRef]:
        return await self._run(lambda box: self._waiting(box, limit))

    async def fetch(self, ref: MailRef) -> bytes | None:
        return await self._run(lambda box: self._fetched(box, ref, "BODY.PEEK[]"))

    async def fetch_head(self, ref: MailRef) -> bytes | None:
        return await self._run(lambda box: self._fetched(box, ref, "BODY.PEEK[HEADER]"))

    async def put_away(self, ref: MailRef, *, refused: bool) -> None:
        await self._run(lambda box: self._put_away(box, ref, refused=refused))

    async def check(self) -> Health:
        started = time.monotonic()
        try:
            problem, remedy, refused = await self._run(self._checked)
        except ToolError as error:
            return Health(
                standing=Standing.DOWN,
                problem=error.message,
                remedy=f"compare host, port, security, user and password of {self._account.host}",
                seconds=time.monotonic() - started,
            )
        standing = Standing.DEGRADED if problem else Standing.OK
        seconds = time.monotonic() - started
        return Health(standing=standing, problem=problem, remedy=remedy, seconds=seconds, details={"refused": refused})

    async def aclose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(self._thread, self._drop)
        self._thread.shutdown(wait=False)

    async def _run(self, work: Callable[[BaseMailBox], Result]) -> Result:
        """Run `work` in the mailbox's thread. Its socket's time-out ends it; the outer one is for a stuck resolver."""
        limit = self._account.timeout_seconds * 4 + GRACE_SECONDS
        try:
            async with asyncio.timeout(limit):
                return await asyncio.get_running_loop().run_in_executor(self._thread, self._do, work)
        except TimeoutError as error:
            raise Transient(f"{self._account.host} did not answer in time", tool=TARGET, code="timeout") from error

    def _do(self, work: Callable[[BaseMailBox], Result]) -> Result:
        try:
            return work(self._connected())
        except ToolError:
            self._drop()
            raise
        except (OSError, imaplib.IMAP4.error, ImapToolsError, SecretMissing) as error:
            self._drop()
            raise failure_of(error, self._account.host) from error

    def _connected(self) -> BaseMailBox:
        if self._box is None:
            box = _opened(self._account)
            self._box = box
            _log_in(box, self._account.user, self._password().get_secret_value())
            # Servers tell more of what they can once somebody has logged in; imaplib asks only before.
            self._capabilities = frozenset(b" ".join(_answer(box.client.capability())).decode("ascii").upper().split())
        self._box.folder.set(self._account.folder)
        self._validity = _untagged(self._box, "UIDVALIDITY")
        return self._box

    def _drop(self) -> None:
        box, self._box = self._box, None
        if box is None:
            return
        try:
            box.client.shutdown()
        except OSError:
            # The connection is given up because it does not work; there is nothing left to close.
            return

    def _waiting(self, box: BaseMailBox, limit: int) -> list[MailRef]:
        wanted = "UNDELETED" if self._account.after == "move" else f"UNKEYWORD {TAKEN} UNKEYWORD {REFUSED}"
        uids = sorted(box.uids(wanted, charset=None), key=int)[:limit]
        if not uids:
            return []
        rows = _answer(box.client.uid("FETCH", ",".join(uids), "(UID RFC822.SIZE INTERNALDATE)"))
        refs = [_ref(row, self._validity) for row in rows if isinstance(row, bytes)]
        return sorted((ref for ref in refs if ref is not None), key=lambda ref: int(ref.uid))

    def _fetched(self, box: BaseMailBox, ref: MailRef, what: str) -> bytes | None:
        if ref.validity != self._validity:
            return None
        rows = _answer(box.client.uid("FETCH", ref.uid, f"({what})"))
        return next((row[1] for row in rows if isinstance(row, tuple)), None)

    def _put_away(self, box: BaseMailBox, ref: MailRef, *, refused: bool) -> None:
        # Under another validity the number means another mail: better one mail read twice than the wrong one moved.
        if ref.validity != self._validity:
            return
        if self._account.after == "flag":
            _require_keywords(box)
            _answer(box.client.uid("STORE", ref.uid, "+FLAGS.SILENT", f"({REFUSED if refused else TAKEN})"))
            return
        folder = self._account.refused_folder if refused else self._account.done_folder
        if not box.folder.exists(folder):
            box.folder.create(folder)
        if "MOVE" in self._capabilities:
            _answer(box.client.uid("MOVE", ref.uid, _quoted(folder)))
            return
        _answer(box.client.uid("COPY", ref.uid, _quoted(folder)))
        _answer(box.client.uid("STORE", ref.uid, "+FLAGS.SILENT", r"(\Deleted)"))
        if "UIDPLUS" in self._capabilities:
            _answer(box.client.uid("EXPUNGE", ref.uid))

    def _checked(self, box: BaseMailBox) -> tuple[str, str, int]:
        """What is wrong, what to do, and how many refused mails wait for a person."""
        if self._account.after == "flag":
            _require_keywords(box)
            refused = len(box.uids(f"KEYWORD {REFUSED}", charset=None))
        elif box.folder.exists(self._account.refused_folder):
            refused = box.folder.status(self._account.refused_folder, ["MESSAGES"])["MESSAGES"]
        else:
            refused = 0
        if not refused:
            return "", "", 0
        where = "with the keyword " + REFUSED if self._account.after == "flag" else f"in {self._account.refused_folder}"
        return f"{refused} refused mails wait {where}", "look at them, answer their senders, then delete them", refused


class _StartTls(MailBoxStartTls):
    """Closes the connection where the server does not go over to TLS; the library leaves it open."""

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = imaplib.IMAP4(self._host, self._port, self._timeout)
        try:
            _answer(client.starttls(self._ssl_context))
        except (OSError, imaplib.IMAP4.error, ToolError):
            client.shutdown()
            raise
        return client


def _opened(account: ImapAccount) -> BaseMailBox:
    match account.security:
        case "tls":
            return MailBox(
                account.host, account.port, timeout=account.timeout_seconds, ssl_context=tls_context(account.ca_file)
            )
        case "starttls":
            return _StartTls(
                account.host, account.port, timeout=account.timeout_seconds, ssl_context=tls_context(account.ca_file)
            )
        case "none":
            return MailBoxUnencrypted(account.host, account.port, timeout=account.timeout_seconds)


def _log_in(box: BaseMailBox, user: str, password: str) -> None:
    if user.isascii() and password.isascii():
        box.login(user, password, initial_folder=None)
    else:
        box.login_utf8(user, password, initial_folder=None)


def failure_of(error: Exception, host: str) -> ToolError:
    """The error in the taxonomy, in plain words and without anything secret."""
    if isinstance(error, SecretMissing):
        return Permanent(str(error), tool=TARGET, code="secret_missing")
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = f"the certificate of {host} is not accepted: {error.verify_message}"
        return Permanent(reason, tool=TARGET, code="certificate_refused")
    if isinstance(error, ssl.SSLError):
        return Permanent(f"{host} does not speak TLS as configured ({error.reason})", tool=TARGET, code="tls_failed")
    if isinstance(error, imaplib.IMAP4.readonly):
        return Permanent(f"the account may only read the folder at {host}", tool=TARGET, code="read_only")
    if isinstance(error, OSError | imaplib.IMAP4.abort):
        return Transient(f"{host} cannot be reached ({type(error).__name__})", tool=TARGET, code="unreachable")
    text = str(error)
    if isinstance(error, MailboxLoginError) or "AUTHENTICATIONFAILED" in text.upper():
        return Permanent(f"{host} refuses the user or the password", tool=TARGET, code="login_refused")
    if isinstance(error, imaplib.IMAP4.error) and "auth" in text.casefold():
        return Permanent(f"{host} refuses the user or the password", tool=TARGET, code="login_refused")
    # The text of an answer may quote folders or mails: only its kind is told.
    return Permanent(f"{host} refused a command ({type(error).__name__})", tool=TARGET, code="command_refused")


def _answer(answered: tuple[str, list[Any]]) -> list[Any]:
    status, rows = answered
    if status != "OK":
        raise Permanent(f"the server refused a command with {status}", tool=TARGET, code="command_refused")
    return rows


def _quoted(folder: str) -> str:
    return encode_folder(folder).decode("ascii")


def _untagged(box: BaseMailBox, name: str) -> str:
    _, found = box.client.response(name)
    last = found[-1] if found else None
    return last.decode("ascii", errors="replace") if isinstance(last, bytes) else ""


def _require_keywords(box: BaseMailBox) -> None:
    if r"\*" not in _untagged(box, "PERMANENTFLAGS"):
        reason = "the server keeps no keywords in this folder: configure after = move"
        raise Permanent(reason, tool=TARGET, code="keywords_unsupported")


def _ref(row: bytes, validity: str) -> MailRef | None:
    found: dict[str, bytes] = {}
    for match in ENVELOPE.finditer(row):
        found |= {name: value for name, value in match.groupdict().items() if value is not None}
    if found.keys() != {"uid", "size", "date"}:
        return None
    try:
        received = datetime.strptime(found["date"].decode("ascii").strip(), "%d-%b-%Y %H:%M:%S %z")
    except ValueError:
        # A date that cannot be read must not keep the mail from being read.
        received = datetime.now(UTC)
    return MailRef(
        validity=validity,
        uid=found["uid"].decode("ascii"),
        size_bytes=int(found["size"]),
        received_at=received.astimezone(UTC),
    )

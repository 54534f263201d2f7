"""A small IMAP server on a loopback socket: as much of RFC 3501, UIDPLUS and MOVE as a client of a mailbox speaks."""

from __future__ import annotations

import asyncio
import base64
import re
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

LITERAL = re.compile(rb"\{(\d+)\}$")
WORD = re.compile(r'"([^"]*)"|\(([^()]*)\)|(\S+)')


@dataclass(slots=True, kw_only=True)
class StoredMail:
    """A mail in a folder."""

    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)
    received_at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))


@dataclass(slots=True, kw_only=True)
class StoredFolder:
    """A folder; `validity` changes when it is made anew, and its numbers begin again."""

    validity: int = 1
    next_uid: int = 1
    mails: list[StoredMail] = field(default_factory=list)

    def add(self, content: bytes, **known: object) -> StoredMail:
        mail = StoredMail(uid=self.next_uid, content=content, **known)  # type: ignore[arg-type]  # fields of the mail
        self.next_uid += 1
        self.mails.append(mail)
        return mail

    def renew(self) -> None:
        """As after a restore: the same mails under other numbers."""
        self.validity += 1
        for number, mail in enumerate(reversed(self.mails), start=1):
            mail.uid = number


@dataclass(slots=True, kw_only=True)
class ImapServer:
    """The account `mailer` with its folders. `extras` are the extensions it has; `loses` commands break the line."""

    password: str = "secret"
    extras: tuple[str, ...] = ("MOVE", "UIDPLUS")
    keywords: bool = True
    folders: dict[str, StoredFolder] = field(default_factory=lambda: {"INBOX": StoredFolder()})
    commands: list[str] = field(default_factory=list)
    loses: list[str] = field(default_factory=list)
    stalls: bool = False
    port: int = 0

    @property
    def inbox(self) -> StoredFolder:
        return self.folders["INBOX"]

    @asynccontextmanager
    async def running(self, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[ImapServer]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await asyncio.sleep(0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Session(server=self, reader=reader, writer=writer).run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@dataclass(slots=True, kw_only=True)
class Session:
    """One connection."""

    server: ImapServer
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    selected: str | None = None
    logged_in: bool = False

    async def run(self) -> None:
        self.send("* OK ready")
        while line := await self.reader.readline():
            text = await self.with_literals(line)
            tag, _, command = text.partition(" ")
            name, _, rest = command.partition(" ")
            if name.upper() == "UID":
                name, _, rest = rest.partition(" ")
                name = f"UID {name}"
            name = name.upper()
            self.server.commands.append(name)
            if self.server.stalls:
                await self.reader.read()
                return
            if name in self.server.loses:
                self.server.loses.remove(name)
                self.writer.transport.abort()
                return
            if name == "LOGOUT":
                self.send("* BYE", f"{tag} OK bye")
                return
            handler = getattr(self, "do_" + name.lower().replace(" ", "_"), None)
            self.send(f"{tag} {await handler(rest) if handler else 'BAD'} said {name}")
            await self.writer.drain()

    async def with_literals(self, line: bytes) -> str:
        text = line.rstrip(b"\r\n")
        while match := LITERAL.search(text):
            self.send("+ go on")
            await self.writer.drain()
            content = await self.reader.readexactly(int(match[1]))
            text = text[: match.start()] + b'"' + content + b'"' + (await self.reader.readline()).rstrip(b"\r\n")
        return text.decode("utf-8")

    def send(self, *lines: str) -> None:
        for line in lines:
            self.writer.write(line.encode() + b"\r\n")

    @property
    def folder(self) -> StoredFolder:
        return self.server.folders[self.selected or ""]

    def chosen(self, text: str) -> list[StoredMail]:
        wanted = {int(number) for number in text.split(",")}
        return [mail for mail in self.folder.mails if mail.uid in wanted]

    async def do_capability(self, rest: str) -> str:
        extras = " ".join(self.server.extras) if self.logged_in else ""
        self.send(f"* CAPABILITY IMAP4rev1 AUTH=PLAIN {extras}".rstrip())
        return "OK"

    async def do_login(self, rest: str) -> str:
        user, password = words(rest)
        return self.admitted(user, password)

    async def do_authenticate(self, rest: str) -> str:
        self.send("+ ")
        await self.writer.drain()
        _, user, password = base64.b64decode(await self.reader.readline()).decode().split("\0")
        return self.admitted(user, password)

    def admitted(self, user: str, password: str) -> str:
        if (user, password) != ("mailer", self.server.password):
            return "NO [AUTHENTICATIONFAILED] wrong user or password"
        self.logged_in = True
        return "OK logged in"

    async def do_select(self, rest: str) -> str:
        (name,) = words(rest)
        if name not in self.server.folders:
            return "NO no such folder"
        self.selected = name
        kept = r"\Seen \Deleted \*" if self.server.keywords else r"\Seen \Deleted"
        self.send(
            f"* {len(self.folder.mails)} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDVALIDITY {self.folder.validity}] valid",
            f"* OK [PERMANENTFLAGS ({kept})] kept",
        )
        return "OK [READ-WRITE] selected"

    async def do_list(self, rest: str) -> str:
        _, pattern = words(rest)
        for name in self.server.folders:
            if pattern in ("*", name):
                self.send(f'* LIST () "/" "{name}"')
        return "OK"

    async def do_create(self, rest: str) -> str:
        (name,) = words(rest)
        self.server.folders.setdefault(name, StoredFolder())
        return "OK"

    async def do_status(self, rest: str) -> str:
        name = words(rest)[0]
        self.send(f'* STATUS "{name}" (MESSAGES {len(self.server.folders[name].mails)})')
        return "OK"

    async def do_noop(self, rest: str) -> str:
        return "OK"

    async def do_uid_search(self, rest: str) -> str:
        terms = rest.split()
        found = self.folder.mails
        while terms:
            term = terms.pop(0)
            match term:
                case "ALL":
                    continue
                case "UNDELETED":
                    found = [mail for mail in found if r"\Deleted" not in mail.flags]
                case "KEYWORD" | "UNKEYWORD":
                    flag, wanted = terms.pop(0), term == "KEYWORD"
                    found = [mail for mail in found if (flag in mail.flags) is wanted]
                case _:
                    return f"BAD {term}"
        self.send(("* SEARCH " + " ".join(str(mail.uid) for mail in found)).rstrip())
        return "OK"

    async def do_uid_fetch(self, rest: str) -> str:
        uids, what = words(rest)
        for mail in self.chosen(uids):
            number = self.folder.mails.index(mail) + 1
            if "BODY.PEEK" in what:
                part = mail.content
                if "HEADER" in what:
                    part = part.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
                shown = what.replace(".PEEK", "")
                self.writer.write(f"* {number} FETCH (UID {mail.uid} {shown} {{{len(part)}}}\r\n".encode())
                self.writer.write(part + b")\r\n")
            else:
                date = mail.received_at.strftime("%d-%b-%Y %H:%M:%S %z")
                self.send(f'* {number} FETCH (UID {mail.uid} RFC822.SIZE {len(mail.content)} INTERNALDATE "{date}")')
        return "OK"

    async def do_uid_store(self, rest: str) -> str:
        uids, how, flags = words(rest)
        for mail in self.chosen(uids):
            mail.flags |= set(flags.split())
        return "OK" if how == "+FLAGS.SILENT" else "BAD"

    async def do_uid_copy(self, rest: str) -> str:
        uids, name = words(rest)
        if name not in self.server.folders:
            return "NO [TRYCREATE] no such folder"
        for mail in self.chosen(uids):
            self.server.folders[name].add(mail.content, flags=set(mail.flags), received_at=mail.received_at)
        return "OK"

    async def do_uid_move(self, rest: str) -> str:
        if "MOVE" not in self.server.extras:
            return "BAD"
        copied = await self.do_uid_copy(rest)
        if copied == "OK":
            for mail in self.chosen(words(rest)[0]):
                self.folder.mails.remove(mail)
        return copied

    async def do_uid_expunge(self, rest: str) -> str:
        for mail in self.chosen(rest.strip()):
            if r"\Deleted" in mail.flags:
                self.folder.mails.remove(mail)
        return "OK"


def words(text: str) -> list[str]:
    """The arguments of a command: atoms, quoted strings and lists."""
    return [match[1] if match[1] is not None else match[2] or match[3] or "" for match in WORD.finditer(text)]

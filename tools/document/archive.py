"""Archives: zip and gzip, opened so that nothing in them can hurt; their members are documents of their own."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Final

from tools.document.errors import (
    ArchiveBomb,
    DamagedArchive,
    DocumentTooLarge,
    EmptyArchive,
    EncryptedArchive,
    NestedArchive,
    TooManyMembers,
    UnsafeMemberName,
    UnsupportedType,
)
from tools.document.limits import DEFAULT_LIMITS, Limits

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_GZIP: Final = b"\x1f\x8b"
# What else packs files into one: 7z, RAR, xz, bzip2, zstandard, LZ4, cabinet, and tar at its own place.
_OTHER_ARCHIVES: Final = (
    b"7z\xbc\xaf\x27\x1c",
    b"Rar!",
    b"\xfd7zXZ",
    b"BZh",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"MSCF",
)
_TAR: Final = (b"ustar", 257)
_OFFICE_MARK: Final = "[Content_Types].xml"
_PIECE: Final = 64 * 1024
_END_OF_ZIP: Final = b"PK\x05\x06"
_LONGEST_END_OF_ZIP: Final = 22 + 0xFFFF
_ENCRYPTED: Final = 0x1
_OUT_OF_MEMORY: Final = "Error -4 "
"""How the message of zlib's one error class begins for Z_MEM_ERROR; damaged data are Z_DATA_ERROR, -3."""
_PACKINGS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of an archive: its name there (a relative path with `/`) and its bytes."""

    name: str
    content: bytes


def is_archive(content: bytes) -> bool:
    """Whether `content` is an archive of a kind that `unpack` opens."""
    return content.startswith((*_ZIP, _GZIP))


def holds_archive(content: bytes) -> bool:
    """Whether `content` is an archive of any known kind."""
    mark, at = _TAR
    return is_archive(content) or content.startswith(_OTHER_ARCHIVES) or content[at : at + len(mark)] == mark


def ends_as_zip(content: bytes) -> bool:
    """Whether a program that looks from the end takes `content` for a zip archive, whatever it begins with."""
    tail = content[-_LONGEST_END_OF_ZIP:]
    at = tail.rfind(_END_OF_ZIP)
    while at >= 0:
        if len(tail) - at >= 22 and struct.unpack_from("<H", tail, at + 20)[0] == len(tail) - at - 22:
            return True
        at = tail.rfind(_END_OF_ZIP, 0, at)
    return False


def unpack(content: bytes, *, name: str, limits: Limits = DEFAULT_LIMITS) -> tuple[Member, ...]:
    """The files in the archive `content`, in its order; folders are left out.

    Declared sizes are not believed: unpacking stops at the limit. Raises `ArchiveBomb`, `NestedArchive`,
    `UnsafeMemberName`, `EncryptedArchive`, `TooManyMembers`, `EmptyArchive`, `DamagedArchive`, `DocumentTooLarge`,
    and `UnsupportedType` where it is no zip or gzip, or an office document; `MemoryError` where memory runs out.
    """
    if len(content) > limits.max_bytes:
        raise DocumentTooLarge(f"{name!r} has {len(content)} bytes; at most {limits.max_bytes} are read")
    try:
        if content.startswith(_ZIP):
            members = tuple(_unzip(content, limits))
        elif content.startswith(_GZIP):
            members = (_gunzip(content, name, limits),)
        else:
            raise UnsupportedType(f"{name!r} is no zip or gzip archive")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError, struct.error) as error:
        if isinstance(error, zlib.error) and str(error).startswith(_OUT_OF_MEMORY):
            raise MemoryError from None
        raise DamagedArchive(f"{name!r} cannot be unpacked: {error}") from None
    if not members:
        raise EmptyArchive(f"{name!r} has no files in it")
    for member in members:
        if holds_archive(member.content) or ends_as_zip(member.content):
            raise NestedArchive(f"{member.name!r} in {name!r} is an archive itself; send the documents in one archive")
    return members


def _gunzip(content: bytes, name: str, limits: Limits) -> Member:
    with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
        unpacked = _bounded(packed, name, min(limits.max_bytes, limits.max_unpacked_bytes))
    inner = name.removesuffix(".gz")
    return Member(name=inner if inner != name else f"{name}.unpacked", content=unpacked)


def _unzip(content: bytes, limits: Limits) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        _check_names(infos, limits)
        if sum(info.compress_size for info in infos) > len(content):
            raise ArchiveBomb("the archive's members share their packed bytes; it is made to unpack without end")
        left = limits.max_unpacked_bytes
        for info in infos:
            if info.is_dir():
                continue
            with archive.open(info) as packed:
                unpacked = _bounded(packed, info.filename, min(limits.max_bytes, left))
            left -= len(unpacked)
            yield Member(name=info.filename, content=unpacked)


def _check_names(infos: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(infos) > limits.max_members:
        raise TooManyMembers(f"the archive has {len(infos)} members; at most {limits.max_members} are unpacked")
    names: set[str] = set()
    for info in infos:
        if info.filename == _OFFICE_MARK:
            raise UnsupportedType("this is an office document; send it as PDF")
        if info.flag_bits & _ENCRYPTED:
            raise EncryptedArchive(f"{info.filename!r} needs a password; send the archive without one")
        if _unsafe(info) or info.filename.casefold() in names:
            raise UnsafeMemberName(f"{info.filename!r} leads out of the archive, is a link, or stands there twice")
        if info.compress_type not in _PACKINGS:
            raise DamagedArchive(f"{info.filename!r} is packed in an unusual way; use the usual one (deflate)")
        names.add(info.filename.casefold())


def _unsafe(info: zipfile.ZipInfo) -> bool:
    # `orig_filename` is what the archive says, before Python cuts it at a zero byte.
    name = info.orig_filename
    path = PurePosixPath(name)
    odd = "\\" in name or ":" in name or not name.isprintable() or not path.parts
    return odd or path.is_absolute() or ".." in path.parts or stat.S_ISLNK(info.external_attr >> 16)


def _bounded(packed: IO[bytes] | gzip.GzipFile, name: str, most: int) -> bytes:
    """All of `packed`, piece by piece. Raises `ArchiveBomb` as soon as it is more than `most` bytes."""
    pieces: list[bytes] = []
    size = 0
    while piece := packed.read(_PIECE):
        size += len(piece)
        if size > most:
            raise ArchiveBomb(f"{name!r} unpacks to more than {most} bytes")
        pieces.append(piece)
    return b"".join(pieces)

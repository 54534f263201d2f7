"""Archives: their members are documents; what is made to hurt is refused by name."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.document.archive import Member, ends_as_zip, is_archive, unpack
from tools.document.errors import (
    ArchiveBomb,
    ArchiveNotUnpacked,
    DamagedArchive,
    DocumentRefused,
    DocumentTooLarge,
    EmptyArchive,
    EncryptedArchive,
    NestedArchive,
    ReaderDied,
    SeveralTypesAtOnce,
    TooManyMembers,
    UnsafeMemberName,
    UnsupportedType,
)
from tools.document.isolation import Safeguards, unpack_isolated
from tools.document.limits import MEBIBYTE, Limits
from tools.document.reader import read_document

LIMITS = Limits()


def zipped(members: Mapping[str, bytes], *, packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", packing) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def refuse(content: bytes, limits: Limits = LIMITS) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as caught:
        unpack(content, name="mail.zip", limits=limits)
    return caught.value


def test_a_zip_gives_its_files_in_order_without_its_folders() -> None:
    content = zipped({"b.xml": b"<b/>", "folder/": b"", "folder/a.xml": b"<a/>"})
    assert unpack(content, name="mail.zip") == (
        Member(name="b.xml", content=b"<b/>"),
        Member(name="folder/a.xml", content=b"<a/>"),
    )


@pytest.mark.parametrize(("name", "inner"), [("a.xml.gz", "a.xml"), ("a", "a.unpacked")])
def test_a_gzip_gives_its_one_file(name: str, inner: str) -> None:
    assert unpack(gzip.compress(b"<a/>"), name=name) == (Member(name=inner, content=b"<a/>"),)


@pytest.mark.parametrize(
    "name",
    ["../a.xml", "b/../../a.xml", "/etc/passwd", "..\\a.xml", "C:a.xml", "a\n.xml", "a\x00.xml", "\u202exml.a", "."],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    info = zipfile.ZipInfo("a.xml")
    info.filename = name
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, b"<a/>")
    assert isinstance(refuse(target.getvalue()), UnsafeMemberName)


def test_a_link_is_refused() -> None:
    info = zipfile.ZipInfo("a.xml")
    info.external_attr = 0o120777 << 16
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(info, b"/etc/passwd")
    assert isinstance(refuse(target.getvalue()), UnsafeMemberName)


def test_two_members_of_one_name_are_refused() -> None:
    assert isinstance(refuse(zipped({"a.xml": b"<a/>", "A.XML": b"<b/>"})), UnsafeMemberName)


def test_members_are_allowed_up_to_the_limit() -> None:
    limits = replace(LIMITS, max_members=2)
    assert len(unpack(zipped({"a": b"1", "b": b"2"}), name="mail.zip", limits=limits)) == 2
    assert isinstance(refuse(zipped({"a": b"1", "b": b"2", "c": b"3"}), limits), TooManyMembers)


def test_unpacked_bytes_are_allowed_up_to_the_limit() -> None:
    limits = replace(LIMITS, max_unpacked_bytes=1000)
    assert len(unpack(zipped({"a": b"x" * 500, "b": b"x" * 500}), name="mail.zip", limits=limits)) == 2
    assert isinstance(refuse(zipped({"a": b"x" * 500, "b": b"x" * 501}), limits), ArchiveBomb)
    assert len(unpack(gzip.compress(b"x" * 1000), name="a.gz", limits=limits)[0].content) == 1000
    assert isinstance(refuse(gzip.compress(b"x" * 1001), limits), ArchiveBomb)


def test_one_member_may_not_be_larger_than_a_document() -> None:
    limits = replace(LIMITS, max_bytes=200)
    assert isinstance(refuse(zipped({"a": b"x" * 201}), limits), ArchiveBomb)
    assert isinstance(refuse(b"PK\x03\x04" + b"x" * 200, limits), DocumentTooLarge)


def test_a_size_that_the_archive_lies_about_is_not_believed() -> None:
    content = bytearray(zipped({"a.xml": bytes(30 * MEBIBYTE)}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", content, content.index(mark) + offset, 10)
    assert refuse(bytes(content)).code in {"archive_bomb", "damaged_archive"}


def test_members_that_share_their_bytes_are_refused() -> None:
    content = zipped({"a.xml": bytes(100_000)})
    entry = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    one = content[entry:end]
    entries = b"".join(one[:46] + f"{number}.xml".encode() + one[46 + 5 :] for number in range(10, 40))
    entries = entries.replace(b"\x05\x00\x00\x00\x00\x00", b"\x06\x00\x00\x00\x00\x00")
    tail = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 30, 30, len(entries), entry, 0)
    assert refuse(content[:entry] + entries + tail).code in {"archive_bomb", "damaged_archive"}


@pytest.mark.parametrize(
    "inner",
    [
        zipped({"a": b"1"}),
        gzip.compress(b"1"),
        b"7z\xbc\xaf\x27\x1c....",
        b"Rar!\x1a\x07",
        b"\xfd7zXZ\x00",
        b"BZh91AY",
        b"%PDF-1.4 " + zipped({"a": b"1"}),
    ],
    ids=["zip", "gzip", "7z", "rar", "xz", "bzip2", "pdf and zip"],
)
def test_an_archive_in_an_archive_is_refused(inner: bytes) -> None:
    assert isinstance(refuse(zipped({"inner": inner})), NestedArchive)
    assert isinstance(refuse(gzip.compress(inner)), NestedArchive)


def test_a_packed_tar_is_refused() -> None:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w:gz") as archive:
        info = tarfile.TarInfo("../a.xml")
        info.size = 4
        archive.addfile(info, io.BytesIO(b"<a/>"))
    assert isinstance(refuse(target.getvalue()), NestedArchive)


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(zipped({"a.xml": b"<a/>"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    assert isinstance(refuse(bytes(content)), EncryptedArchive)


def test_an_archive_without_files_is_refused() -> None:
    assert isinstance(refuse(zipped({})), EmptyArchive)
    assert isinstance(refuse(zipped({"folder/": b""})), EmptyArchive)


def test_an_unusual_packing_is_refused() -> None:
    assert isinstance(refuse(zipped({"a": b"1" * 99}, packing=zipfile.ZIP_LZMA)), DamagedArchive)


def test_an_office_document_is_no_archive_of_documents() -> None:
    assert isinstance(refuse(zipped({"[Content_Types].xml": b"<a/>", "word/document.xml": b"<a/>"})), UnsupportedType)


@pytest.mark.parametrize("packed", [zipped({"a.xml": b"<a/>" * 99}), gzip.compress(b"<a/>" * 99)], ids=["zip", "gzip"])
def test_an_archive_cut_off_anywhere_is_refused(packed: bytes) -> None:
    for end in range(4, len(packed)):
        assert refuse(packed[:end]).code in {"damaged_archive", "empty_archive"}


@given(st.binary(max_size=200))
def test_bytes_dressed_as_an_archive_are_refused_by_name(content: bytes) -> None:
    for mark in (b"PK\x03\x04", b"\x1f\x8b"):
        assert refuse(mark + content).code != DocumentRefused.code


def test_a_reader_of_documents_does_not_open_archives() -> None:
    for content in (zipped({"a.xml": b"<a/>"}), gzip.compress(b"<a/>")):
        assert is_archive(content)
        with pytest.raises(ArchiveNotUnpacked):
            read_document(content, name="mail.zip")


def test_a_document_that_is_an_archive_too_is_refused() -> None:
    archive = zipped({"a.xml": b"<a/>"})
    assert ends_as_zip(archive)
    for content in (b"<Invoice/>" + archive, b"%PDF-1.7\n" + archive, archive + b"%PDF-1.7\n%%EOF"):
        with pytest.raises(SeveralTypesAtOnce):
            read_document(content, name="a.pdf")


async def test_unpacking_in_a_child_gives_the_same() -> None:
    content = zipped({"a.xml": b"<a/>", "b.bin": bytes(range(256))})
    assert await unpack_isolated(content, name="mail.zip") == unpack(content, name="mail.zip")


async def test_a_child_s_refusal_of_an_archive_arrives_by_its_name() -> None:
    with pytest.raises(ArchiveBomb):
        await unpack_isolated(gzip.compress(bytes(30 * MEBIBYTE)), name="a.gz")


async def test_unpacking_that_takes_too_much_memory_is_a_named_refusal() -> None:
    little = Safeguards(limits=Limits(memory_bytes=60 * MEBIBYTE))
    # Whoever asks for the last byte, Python or zlib, which calls that an error of its own: it is no damage.
    with pytest.raises(ReaderDied):
        await unpack_isolated(gzip.compress(bytes(19 * MEBIBYTE)), name="a.gz", safeguards=little)

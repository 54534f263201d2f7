"""Mails are taken apart within limits; whatever a stranger writes becomes a document, a named refusal or shown text."""

from __future__ import annotations

import base64
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.mails import OTHER_PDF, PDF, mail
from tools.mail import headers
from tools.mail.limits import DEFAULT_LIMITS, MailLimits
from tools.mail.message import Contents, contents_of, parsed


def contents(raw: bytes, **limits: int) -> Contents:
    message = parsed(raw)
    assert message is not None
    return contents_of(message, MailLimits(**{**DEFAULT_LIMITS.model_dump(), **limits}))


def multipart(*parts: str, kind: str = "mixed") -> bytes:
    body = "".join(f"--B\r\n{part}\r\n" for part in parts)
    return f'MIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="B"\r\n\r\n{body}--B--\r\n'.encode()


def pdf_part(*lines: str, content: bytes = PDF) -> str:
    encoded = base64.b64encode(content).decode()
    extra = "".join(f"{line}\r\n" for line in lines)
    return f"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n{extra}\r\n{encoded}"


def codes(found: Contents) -> list[str]:
    return [refusal.code for refusal in found.refusals]


def test_attachments_become_documents_and_the_text_is_shown() -> None:
    found = contents(mail(PDF, OTHER_PDF, text="Hello"))
    assert [(one.name, one.content, one.nested) for one in found.documents] == [
        ("invoice-1.pdf", PDF, False),
        ("invoice-2.pdf", OTHER_PDF, False),
    ]
    assert (found.text, found.refusals) == ("Hello", [])


def test_a_subject_in_bare_utf_8_is_read() -> None:
    message = parsed("Subject: Grüße\r\n\r\nx".encode())
    assert message is not None
    assert headers.text_of(message, "Subject") == "Grüße"


def test_the_same_document_twice_is_one() -> None:
    assert len(contents(mail(PDF, PDF)).documents) == 1


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Content-Disposition: attachment; filename*=UTF-8''Rechnung%20%C3%A4.pdf", "Rechnung ä.pdf"),
        ('Content-Disposition: attachment; filename*0="Rech"; filename*1="nung.pdf"', "Rechnung.pdf"),
        ('Content-Disposition: attachment; filename="=?UTF-8?B?UmVjaG51bmcgw6QucGRm?="', "Rechnung ä.pdf"),
        ('Content-Disposition: attachment; filename="../../etc/passwd.pdf"', "passwd.pdf"),
        (r'Content-Disposition: attachment; filename="C:\\x\\bill.pdf"', "bill.pdf"),
        ('Content-Disposition: attachment; filename="a\u202efdp.exe.pdf"', "a\ufffd\ufffd\ufffdfdp.exe.pdf"),
        ("Content-Disposition: attachment; filename*=no-such-charset''x%FF.pdf", "xÿ.pdf"),
        ("Content-Disposition: attachment", "attachment-1.pdf"),
        ('Content-Disposition: attachment; filename=""', "attachment-1.pdf"),
    ],
)
def test_names_are_read_in_every_way_senders_write_them(line: str, name: str) -> None:
    (document,) = contents(multipart(pdf_part(line))).documents
    assert document.name == name


def test_a_mail_that_is_one_document_is_taken() -> None:
    raw = pdf_part("Content-Disposition: attachment; filename=a.pdf").encode()
    assert [one.name for one in contents(raw).documents] == ["a.pdf"]


def test_a_document_in_an_attached_mail_is_taken_and_said_to_be_nested() -> None:
    inner = mail(PDF).decode()
    found = contents(
        multipart("Content-Type: text/plain\r\n\r\nsee below", f"Content-Type: message/rfc822\r\n\r\n{inner}")
    )
    assert [(one.name, one.nested) for one in found.documents] == [("invoice-1.pdf", True)]
    assert found.text == "see below"


@pytest.mark.parametrize(("depth", "documents", "refused"), [(3, 1, []), (4, 0, ["nested_too_deep"])])
def test_mails_within_mails_have_a_deepest_level(depth: int, documents: int, refused: list[str]) -> None:
    raw = mail(PDF)
    for _ in range(depth):
        raw = b"Content-Type: message/rfc822\r\n\r\n" + raw
    found = contents(raw, nesting=3)
    assert (len(found.documents), codes(found)) == (documents, refused)


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx", "winmail"),
        ("Content-Type: application/octet-stream; name=WINMAIL.DAT\r\n\r\nx", "winmail"),
        ("Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\nx", "encrypted"),
        ('Content-Type: multipart/encrypted; boundary="C"\r\n\r\n--C\r\n\r\nx\r\n--C--', "encrypted"),
        ("Content-Type: application/x-msdownload; name=a.exe\r\n\r\nMZ", "kind_not_accepted"),
        ("Content-Type: application/octet-stream\r\n\r\nx", "kind_not_accepted"),
        ("Content-Type: application/pdf; name=a.pdf\r\n\r\n", "empty"),
        ("Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n%%%=!!", "damaged"),
        ("Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nA", "damaged"),
        ("Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: rot13\r\n\r\nx", "encoding_unknown"),
        ("Content-Type: multipart/mixed\r\n\r\nno boundary", "malformed"),
    ],
)
def test_what_is_not_taken_is_refused_by_name(part: str, code: str) -> None:
    found = contents(multipart(part))
    assert (found.documents, codes(found)) == ([], [code])
    assert found.refusals[0].problem


def test_a_document_is_taken_beside_a_refused_part() -> None:
    found = contents(multipart(pdf_part(), "Content-Type: application/ms-tnef\r\n\r\nx"))
    assert (len(found.documents), codes(found)) == (1, ["winmail"])


@pytest.mark.parametrize(
    "part",
    [
        "Content-Type: image/png; name=logo.png\r\nContent-ID: <logo>\r\nContent-Disposition: inline\r\n\r\nx",
        "Content-Type: text/calendar; name=meeting.ics\r\n\r\nx",
        "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx",
        "Content-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n",
    ],
)
def test_what_belongs_to_the_mail_itself_is_no_document(part: str) -> None:
    found = contents(multipart(part))
    assert (found.documents, found.refusals, len(found.aside)) == ([], [], 1)


def test_a_photo_that_is_attached_is_a_document() -> None:
    part = "Content-Type: image/jpeg; name=receipt.jpg\r\nContent-ID: <1>\r\nContent-Disposition: attachment\r\n\r\nx"
    assert [one.name for one in contents(multipart(part)).documents] == ["receipt.jpg"]


def test_a_mail_over_a_limit_is_refused_as_a_whole() -> None:
    files = [b"%%PDF %d" % number for number in range(4)]
    assert len(contents(mail(*files), documents=4).documents) == 4
    found = contents(mail(*files), documents=3)
    assert (found.documents, codes(found)) == ([], ["too_many_documents"])
    assert codes(contents(mail(*files), parts=5)) == ["too_many_parts"]
    assert codes(contents(mail(*files), parts=6)) == []


@pytest.mark.parametrize(("limit", "expected"), [(len(PDF), []), (len(PDF) - 1, ["document_too_large"])])
def test_a_document_has_a_largest_size(limit: int, expected: list[str]) -> None:
    assert codes(contents(mail(PDF), document_bytes=limit)) == expected


def test_ten_thousand_nested_parts_end_as_a_refusal() -> None:
    raw = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(10_000))
    message = parsed(raw)
    assert message is None or codes(contents_of(message, DEFAULT_LIMITS))


def test_html_alone_is_shown_as_text_without_its_scripts() -> None:
    message = EmailMessage(policy=SMTP)
    message.set_content(
        "<style>p{}</style><script>evil()</script><p>Dear&nbsp;<b>Clara</b>,</p><p>yes.</p>", subtype="html"
    )
    assert contents(message.as_bytes()).text == "Dear Clara,\nyes."


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe?= an alle", "Grüße an alle"),
        ("=?no-such?q?x=FF?=", "x\ufffd"),
        ("=?utf-8?b?%%%?=", ""),
        ("a\x07b\u202ec", "abc"),
    ],
)
def test_headers_are_decoded_and_shown_in_one_harmless_line(raw: str, shown: str) -> None:
    assert headers.decoded(raw) == shown


@pytest.mark.parametrize(
    ("line", "known"),
    [
        ("Message-ID: <a@b>", "<a@b>"),
        ("Message-ID: a@b", ""),
        ("Message-ID: <a b>", ""),
        ("Message-ID: <a@b>\r\nMessage-ID: <c@d>", ""),
        ("Message-ID: <" + "a" * 500 + ">", ""),
        ("Subject: none", ""),
    ],
)
def test_a_message_id_is_one_or_it_is_missing(line: str, known: str) -> None:
    message = parsed(f"{line}\r\n\r\nx".encode())
    assert message is not None
    assert headers.message_id(message) == known


@pytest.mark.parametrize(
    ("line", "automatic"),
    [
        ("Auto-Submitted: auto-replied (vacation)", True),
        ("Auto-Submitted: no", False),
        ("Return-Path: <>", True),
        ("Return-Path: <a@b.example>", False),
        ("Content-Type: multipart/report; boundary=x", True),
        ("Subject: Out of office", False),
    ],
)
def test_what_a_machine_sent_by_itself_is_known(line: str, automatic: bool) -> None:
    message = parsed(f"{line}\r\n\r\nx".encode())
    assert message is not None
    assert headers.is_automatic(message) is automatic


FRAGMENTS = st.sampled_from(
    (
        'Content-Type: |multipart/mixed|message/rfc822|; boundary="B"|; boundary*0=B|--B|--B--|\r\n|\r\n\r\n|\n|'
        "application/pdf|; name=|*=utf-8''%|=?utf-8?b?|?=|Content-Disposition: attachment; filename|\x00|\xff\xfe|((("
        '|"|<|>|@|From: |Content-Transfer-Encoding: base64|Authentication-Results: mx; dkim=pass|Message-ID: |AAAA|=|;'
    )
    .encode("latin-1")
    .split(b"|")
)


@settings(max_examples=120, deadline=None)
@given(st.lists(FRAGMENTS | st.binary(max_size=6), max_size=40))
def test_no_mail_is_an_error_of_the_program(fragments: list[bytes]) -> None:
    message = parsed(b"".join(fragments))
    if message is None:
        return
    found = contents_of(message, DEFAULT_LIMITS)
    assert all(one.content for one in found.documents)
    assert found.text.isascii() or found.text
    headers.senders(message)
    headers.message_id(message)
    headers.answered(message)
    headers.is_automatic(message)


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ('"Nordlicht GmbH" <billing@nordlicht.example>', "Nordlicht GmbH"),
        ("billing@nordlicht.example", ""),
        ("=?utf-8?q?M=C3=BCller?= <a@b.example>", "Müller"),
        ("A <a@b.example>, B <b@b.example>", ""),
        ('"x\\r\\nBcc: y" <a@b.example>', None),
    ],
)
def test_the_name_that_a_sender_gives_is_one_line_and_only_that_of_a_single_sender(
    sender: str, name: str | None
) -> None:
    message = parsed(f"From: {sender}\n\nhello".encode())
    assert message is not None
    found = headers.sender_name(message)
    assert found.isprintable()
    assert name is None or found == name

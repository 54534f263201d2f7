"""Mails as tests write them."""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from email.policy import SMTP

PDF = b"%PDF-1.4 invoice one"
OTHER_PDF = b"%PDF-1.4 invoice two"
MESSAGE_ID = "<one@supplier.example>"
SUPPLIER = "billing@supplier.example"


def mail(
    *documents: bytes,
    message_id: str | None = MESSAGE_ID,
    sender: str = SUPPLIER,
    subject: str = "Your invoice",
    text: str = "Please find our invoice attached.",
    headers: Mapping[str, str] = {},
) -> bytes:
    """A mail with PDF attachments; `headers` stand above the others, as a server adds them."""
    message = EmailMessage(policy=SMTP)
    for name, value in headers.items():
        message[name] = value
    message["From"] = sender
    message["To"] = "invoices@buyer.example"
    message["Subject"] = subject
    if message_id:
        message["Message-ID"] = message_id
    message.set_content(text)
    for number, content in enumerate(documents, start=1):
        message.add_attachment(content, maintype="application", subtype="pdf", filename=f"invoice-{number}.pdf")
    return message.as_bytes()

"""Reports of mail servers (RFC 3464) that a mail did not arrive."""

from __future__ import annotations

from collections.abc import Mapping

from tools.mail.compose import KEY_HEADER

REASON = "550 5.1.1 <clara@acme.example>: no such user"


def report(
    message_id: str,
    *,
    key: str = "",
    action: str = "failed",
    status: str = "5.1.1",
    reason: str = REASON,
    returned: str = "text/rfc822-headers",
    kind: str = "multipart/report; report-type=delivery-status",
    headers: Mapping[str, str] = {},
) -> bytes:
    """A report as Postfix writes them, about the mail with that Message-ID."""
    original = [f"Message-ID: {message_id}", "Subject: Task for you", *([f"{KEY_HEADER}: {key}"] if key else [])]
    more = [f"{name}: {value}" for name, value in headers.items()]
    lines = [
        "Return-Path: <>",
        "From: MAILER-DAEMON@mx.acme.example",
        "To: interlock@acme.example",
        "Subject: Undelivered Mail Returned to Sender",
        "Auto-Submitted: auto-replied",
        "Message-ID: <report.1@mx.acme.example>",
        *more,
        "MIME-Version: 1.0",
        f'Content-Type: {kind}; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "I'm sorry to have to inform you that your message could not be delivered.",
        "",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.acme.example",
        "",
        "Final-Recipient: rfc822; clara@acme.example",
        f"Action: {action}",
        f"Status: {status}",
        f"Diagnostic-Code: smtp; {reason}",
        "",
        "--b",
        f"Content-Type: {returned}",
        "",
        *original,
        "",
        *(["The text of the mail.", ""] if returned == "message/rfc822" else []),
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode()

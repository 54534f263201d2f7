"""`interlock serve` with a folder and a Maildir: what arrives in them becomes cases of the running server."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.accounts_payable import SAMPLES
from tests.support.patience import wait_until
from tests.support.served import Served, as_command, served

CONNECTORS = """
connectors:
  scanner:
    kind: file_drop
    settings: {{folder: {drop}, process: procure_to_pay, stable_seconds: 0, poll_seconds: 1}}
  post:
    kind: mail
    settings:
      inbound: {{process: procure_to_pay, maildir: {maildir}, poll_seconds: 1}}
"""
WAIT_SECONDS = 40.0


def invoice_mail() -> bytes:
    """A supplier's mail with an invoice."""
    sample = SAMPLES["clean_cii"]
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"] = sample.sender, "ap@buyer.example", "<1@supplier.example>"
    mail["Subject"] = "Our invoice"
    mail.set_content("Please find our invoice attached.")
    mail.add_attachment(sample.content, maintype="application", subtype="xml", filename=sample.file_name)
    return mail.as_bytes()


def cases_of(server: Served, wanted: int) -> list[dict[str, Any]]:
    """The cases there are, once there are that many."""
    headers = {"Authorization": f"Bearer {server.key('dario')}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=20) as client:

        def found() -> list[dict[str, Any]]:
            cases: list[dict[str, Any]] = client.get("/cases").raise_for_status().json()["cases"]
            return cases

        wait_until(
            lambda: len(found()) >= wanted,
            within_seconds=WAIT_SECONDS,
            otherwise=lambda: f"{len(found())} cases of {wanted}",
            pause_seconds=0.25,
        )
        return found()


@pytest.mark.timeout(120)
def test_a_dropped_file_and_a_mail_are_cases_of_the_running_server(tmp_path: Path) -> None:
    drop, maildir = tmp_path / "drop", tmp_path / "maildir"
    for folder in (drop, *(maildir / name for name in ("new", "cur", "tmp"))):
        folder.mkdir(parents=True)
    configuration = tmp_path / "connectors.yaml"
    configuration.write_text(CONNECTORS.format(drop=drop, maildir=maildir))
    sample = SAMPLES["clean_ubl"]
    with served(tmp_path / "data", start=as_command, connectors=str(configuration)) as server:
        (drop / sample.file_name).write_bytes(sample.content)
        (maildir / "new" / "1.mail").write_bytes(invoice_mail())
        cases = cases_of(server, 2)
        assert server.stop() == 0
    assert {case["process"] for case in cases} == {"procure_to_pay@5"}
    assert len(cases) == 2
    assert [path.name.partition("-")[2] for path in (drop / "done").glob("*.xml")] == [sample.file_name]

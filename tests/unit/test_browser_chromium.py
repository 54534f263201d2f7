"""Which Chromium bots use, and what is said where there is none; failures that name their evidence."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from tools.browser.browser import origin
from tools.browser.chromium import find_chromium
from tools.browser.connector import PortalSettings
from tools.browser.errors import ChromiumMissing, LayoutUnknown, Traces, told
from tools.browser.evidence import redacted
from tools.errors import MESSAGE_LIMIT


def executable(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_the_named_browser_goes_before_the_systems_and_that_before_playwrights(tmp_path: Path) -> None:
    own, named, system = (executable(tmp_path, name) for name in ("own", "named", "chromium"))
    path = {"PATH": str(tmp_path)}
    assert find_chromium(own=str(own), environment={**path, "INTERLOCK_CHROMIUM": str(named)}) == named
    assert find_chromium(own=str(own), environment=path) == system
    assert find_chromium(own=str(own), environment={"PATH": "/nowhere"}) == own


def test_without_a_browser_it_is_said_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ChromiumMissing, match=r"make install.*INTERLOCK_CHROMIUM"):
        find_chromium(environment={"PATH": str(tmp_path)})
    with pytest.raises(ChromiumMissing, match="which cannot be executed"):
        find_chromium(environment={"INTERLOCK_CHROMIUM": str(tmp_path / "absent")})


def test_the_message_of_a_failure_holds_all_of_its_evidence() -> None:
    evidence = dict.fromkeys(("page", "screenshot", "trace"), "0123456789abcdef" * 4)
    traces = Traces(bot="find confirmation", step="search by reference", evidence=evidence)
    failed = told(LayoutUnknown("x" * 1000, code="layout_unknown"), traces)
    assert len(failed.message) < MESSAGE_LIMIT
    assert failed.message.count("0123456789abcdef" * 4) == 3
    assert "step 'search by reference'" in failed.message


@pytest.mark.parametrize(
    "form",
    ["p&w <1>'\"", "p%26w%20%3C1%3E%27%22", "p%26w+%3C1%3E%27%22", "p&amp;w &lt;1&gt;&#x27;&quot;", "p&w <1>'\\\""],
)
def test_a_secret_is_taken_out_in_every_form_it_is_written_in(form: str) -> None:
    assert redacted(f"before {form} after".encode(), ["p&w <1>'\""]) == b"before [secret] after"


def test_an_address_is_its_origin() -> None:
    assert origin("https://portal.example/start") == "https://portal.example:443"
    assert origin("http://127.0.0.1:8410") == "http://127.0.0.1:8410"
    for text in ("ftp://portal.example", "portal.example", "http://"):
        with pytest.raises(ValueError, match="no http or https address"):
            origin(text)


def test_a_configuration_holds_a_reference_and_never_a_password() -> None:
    known = {"address": "https://portal.example/", "user": "interlock", "sender": "a@supplier.example"}
    assert PortalSettings(**known, password="env:PORTAL").address == "https://portal.example"
    for wrong in ({"password": "secret"}, {"password": "env:PORTAL", "adress": "x"}):
        with pytest.raises(ValidationError):
            PortalSettings.model_validate({**known, **wrong})

"""`interlock account` against a real server: passwords come by standard input, and hold."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator

import pytest

from api.cli import main
from tests.support.accounts import OTHER, PASSWORD
from tests.support.command import Ended, Run
from tests.support.served import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data"), workers="1") as running:
        yield running


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], server: Served) -> Run:
    """Runs `interlock` as a login, or as nobody, with these lines as standard input."""
    for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("INTERLOCK_URL", server.url)

    def command(*arguments: str, typed: str = "", login: str | None = None) -> Ended:
        monkeypatch.setenv("INTERLOCK_API_KEY", server.key(login) if login else "")
        monkeypatch.setattr(sys, "argv", ["interlock", *arguments])
        monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Ended(code=int(ended.value.code or 0), out=printed.out, err=printed.err)

    return command


def test_the_first_people_are_invited_and_change_their_password(run: Run) -> None:
    invited = run("account", "invite", "clara", "--json", login="admin").json
    weak = run("account", "redeem", typed=f"{invited['token']}\nclara1234567\n")
    redeemed = run("account", "redeem", "--json", typed=f"{invited['token']}\n{PASSWORD}\n")
    again = run("account", "redeem", typed=f"{invited['token']}\n{OTHER}\n")
    changed = run("account", "password", "Clara", "--json", typed=f"{PASSWORD}\n{OTHER}\n")
    wrong = run("account", "password", "clara", typed=f"{PASSWORD}\n{OTHER}\n")
    nothing = run("account", "password", "clara")
    sessions = run("account", "sessions", "clara", "--json", login="admin")
    assert (weak.code, "password_too_weak" in weak.err) == (1, True)
    assert redeemed.json == {"tenant": "main", "login": "clara"}
    assert (again.code, "token_refused" in again.err) == (1, True)
    assert (changed.code, changed.json) == (0, {"ended": 0}), changed.err
    assert (wrong.code, "login and password" in wrong.err) == (1, True)
    assert (nothing.code, "standard input ended" in nothing.err) == (2, True)
    assert sessions.json == {"sessions": []}, "the command signed out again"


def test_accounts_are_managed_by_whoever_may(run: Run, server: Served) -> None:
    eva = ("account", "add", "eva", "--name", "Eva Example", "--role", "ap_clerk", "--json")
    refused = run(*eva, login="dario")
    added = run(*eva, login="admin")
    disabled = run("account", "disable", "eva", "--json", login="admin")
    enabled = run("account", "enable", "eva", "--json", login="admin")
    listed = run("account", "list", login="admin")
    ended = run("account", "end-sessions", "eva", "--json", login="admin")
    assert (refused.code, "account.manage" in refused.err) == (1, True)
    assert (added.json["purpose"], len(added.json["token"])) == ("invitation", 64)
    assert (disabled.json["active"], enabled.json["active"]) == (False, True)
    assert "Eva Example" in listed.out
    assert ended.json == {"ended": 0}
    assert PASSWORD not in "".join(server.log)


def test_a_service_is_added_gets_a_key_and_the_key_is_replaced_and_revoked(run: Run) -> None:
    order = ("keys", "add-service", "warehouse", "--name", "Warehouse", "--role", "integration", "--reason", "receipts")
    added = run(*order, "--json", login="admin")
    again = run(*order, login="admin")
    issued = run("keys", "issue", "warehouse", "--name", "receipts", "--reason", "agreed", "--json", login="admin").json
    first = issued["key"]["id"]
    rotated = run("keys", "rotate", first, "--reason", "leaked", "--overlap-hours", "1", "--json", login="admin").json
    revoked = run("keys", "revoke", first, "--reason", "leaked", "--json", login="admin")
    late = run("keys", "rotate", first, "--reason", "leaked", login="admin")
    of_one = run("keys", "list", "--owner", "warehouse", "--json", login="admin").json["keys"]
    whole = run("keys", "list", "--owner", "warehouse", "--revoked", login="admin")
    services = run("keys", "services", "--json", login="admin").json["services"]
    refused = run("keys", "list", login="clara")
    assert (added.code, added.json["roles"]) == (0, ["integration"]), added.err
    assert (again.code, "login_taken" in again.err) == (1, True)
    assert issued["secret"].startswith(issued["key"]["prefix"])
    assert (rotated["key"]["owner"], rotated["secret"] != issued["secret"]) == ("warehouse", True)
    assert revoked.json["revoked_at"] is not None
    assert (late.code, "make a new one" in late.err) == (1, True)
    assert [key["id"] for key in of_one] == [rotated["key"]["id"]]
    assert (first in whole.out, issued["secret"] in whole.out) == (True, False)
    assert {"warehouse", "intake"} <= {one["login"] for one in services}
    assert (refused.code, "account.manage" in refused.err) == (1, True)

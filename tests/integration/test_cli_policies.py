"""`interlock policies` against a real server: from a limit that is too high to the rule that asks."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from api.cli import main
from policies.packaged import pack_text, rule_book
from tests.support.served import Served, served
from tools.clock import utc_now
from tools.testing.invoices.samples import make_samples

P2P = "procure_to_pay"
FIRST = rule_book(P2P).pack.digest
SAMPLES = {sample.file_name: sample for sample in make_samples(11, utc_now().date())}
WIDE = ("--newly-allowed", "0", "--newly-blocked", "0", "--extra-tasks", "100")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def as_user(
    server: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Callable[[str], Run]:
    """Runs commands against the server as a login: exit code, output, errors."""
    for name in [name for name in os.environ if name.startswith("INTERLOCK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("INTERLOCK_URL", server.url)

    def of(login: str) -> Run:
        def run(*arguments: str) -> tuple[int, str, str]:
            monkeypatch.setenv("INTERLOCK_API_KEY", server.key(login))
            monkeypatch.setattr(sys, "argv", ["interlock", *arguments])
            with pytest.raises(SystemExit) as ended:
                main()
            printed = capsys.readouterr()
            return int(ended.value.code or 0), printed.out, printed.err

        return run

    return of


def last(out: str) -> Any:
    """The JSON of the last line."""
    return json.loads(out.splitlines()[-1])


def stricter(folder: Path) -> str:
    """A file of the release's pack that asks about every invoice, but for its examples' parameters."""
    file = folder / "stricter.yaml"
    file.write_text(pack_text(P2P).replace("version: ", "version: 9", 1), encoding="utf-8")
    return str(file)


def test_a_rule_is_changed_by_two_people_and_the_next_case_waits(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    dario, mara, intake = as_user("dario"), as_user("mara"), as_user("intake")
    sample = SAMPLES["clean_hybrid.pdf"]
    document = tmp_path / sample.file_name
    document.write_bytes(sample.content)
    start = ("case", "start", P2P, "--document", str(document), "--sender", sample.sender, "--wait")
    _, out, _ = intake(*start, "--channel", sample.channel)
    assert last(out)["status"] == "done"

    code, out, _ = dario("policies", "replay", "--pack", stricter(tmp_path), "--json")
    assert (code, last(out)["newly_reviewed"]["cases"], last(out)["recomputed"]["different"]) == (0, 0, 0)
    code, _, err = dario(
        "policies", "propose", stricter(tmp_path), "--reason", "ask always", "--parameter", "auto_limit=1"
    )
    assert (code, "pack_limits_missing" in err) == (1, True)
    assert dario("policies", "limits", P2P, *WIDE)[0] == 0
    _, out, _ = dario("policies", "list", "--json")
    [proposal] = last(out)["proposals"]
    digest = proposal["digest"][:12]
    code, out, _ = dario("policies", "replay", "--proposal", digest)
    assert code == 0
    assert "newly reviewed" in out
    assert "byte for byte, 0 otherwise" in out

    code, out, _ = mara("policies", "show", digest, "--report", "--json")
    report = last(out)["proposal"]["replay"]["report_digest"]
    assert last(out)["report"]["newly_reviewed"]["money"].keys() == {"EUR"}
    code, _, err = dario("policies", "approve", digest, "--report", report)
    assert (code, "segregation_of_duties" in err) == (1, True)
    code, _, err = mara("policies", "approve", digest, "--report", "00000000")
    assert (code, "policies show" in err) == (1, True)
    code, out, _ = mara("policies", "approve", digest, "--report", report[:12], "--json")
    assert (code, last(out)["number"], last(out)["approved_by"]) == (0, 2, "main-mara")

    sample = SAMPLES["clean_cii.xml"]
    document = tmp_path / sample.file_name
    document.write_bytes(sample.content)
    start = ("case", "start", P2P, "--document", str(document), "--sender", sample.sender, "--wait")
    _, out, _ = intake(*start, "--channel", sample.channel)
    assert last(out)["status"] == "waiting"

    code, out, _ = mara("policies", "history", P2P, "--json")
    assert [one["approved_by"] for one in last(out)["activations"]] == ["main-mara", "package"]
    code, out, _ = mara("policies", "show", FIRST[:12])
    assert (code, out) == (0, pack_text(P2P))


def test_a_decision_is_recalled_from_the_command_line(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    dario, intake = as_user("dario"), as_user("intake")
    sample = SAMPLES["price_variance.pdf"]
    document = tmp_path / sample.file_name
    document.write_bytes(sample.content)
    start = ("case", "start", P2P, "--document", str(document), "--sender", sample.sender, "--wait")
    _, out, _ = intake(*start, "--channel", sample.channel)
    assert last(out)["status"] == "waiting"
    _, out, _ = dario("policies", "history", P2P, "--json")
    active = last(out)["activations"][0]["digest"][:12]
    code, out, _ = dario("recall", "--rule", f"{P2P}@{active}", "--json")
    found = last(out)["total"]
    code, out, _ = dario("recall", "--rule", f"{P2P}@{active}", "--reason", "is it right?", "--redecide", "--json")
    opened = last(out)
    assert (code, opened["decisions"]) == (0, {"confirmed": found})
    code, out, _ = dario("recall", "show", opened["id"])
    assert (code, "is it right?" in out) == (0, True)
    code, out, _ = dario("recall", "go-on", opened["id"], "--freeze", "--json")
    assert last(out)["cases_held"]["suspended"] >= 1
    code, out, _ = dario("recall", "close", opened["id"], "--reason", "it is", "--resume", "--json")
    assert (code, last(out)["status"]) == (0, "closed")
    assert dario("recall", "list")[0] == dario("policies", "suggestions")[0] == 0
    _, out, _ = dario("recall", "--rule", f"{P2P}@none")
    assert active in out
    _, out, _ = dario("task", "list", "--json")
    code, out, _ = dario("task", "precedents", last(out)["tasks"][0]["id"])
    assert (code, "those were decided" in out) == (0, True)


def test_a_proposal_is_withdrawn(as_user: Callable[[str], Run]) -> None:
    dario = as_user("dario")
    dario("policies", "limits", P2P, *WIDE)
    code, out, _ = dario("policies", "propose", "--digest", FIRST[:12], "--reason", "back", "--json")
    assert (code, last(out)["report"]["digest"]) == (0, FIRST)
    code, out, _ = dario("policies", "withdraw", FIRST[:12], "--reason", "no", "--json")
    assert (code, last(out)["status"]) == (0, "withdrawn")
    code, _, err = dario("policies", "approve", FIRST[:12], "--report", "0" * 12)
    assert (code, "0 open proposals" in err) == (1, True)


def test_what_is_shown_is_readable(as_user: Callable[[str], Run]) -> None:
    dario = as_user("dario")
    dario("policies", "limits", P2P, *WIDE, "--money", "EUR=100")
    for command in (("list",), ("limits",), ("history",)):
        code, out, _ = dario("policies", *command)
        assert (code, P2P in out) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("replay",), "either --pack FILE or --proposal DIGEST"),
        (("replay", "--proposal", "x", "--since", "2026-01-01"), "a proposal says itself what is replayed"),
        (("replay", "--pack", "none.yaml"), "cannot be read"),
        (("limits", P2P), "name all three"),
        (("limits", P2P, "--newly-allowed", "a", "--newly-blocked", "0", "--extra-tasks", "0"), "no percentage"),
        (("limits", P2P, "--newly-allowed", "0.001", "--newly-blocked", "0", "--extra-tasks", "0"), "two decimal"),
        (("show", "ffff"), "stored packs are called ffff"),
        (("propose", "--digest", FIRST[:12], "--reason", "x", "--parameter", "a"), "is not name=value"),
    ],
)
def test_wrong_usage_says_what_to_do(as_user: Callable[[str], Run], arguments: tuple[str, ...], message: str) -> None:
    code, _, err = as_user("dario")("policies", *arguments)
    assert code in (1, 2)
    assert message in err.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("recall",), "name one of --model"),
        (("recall", "--model", "m", "--prompt", "p@1"), "name one of --model"),
        (("recall", "--model", "m", "--freeze"), "say why"),
        (("recall", "--rule", "toy"), "recall_target_invalid"),
        (("recall", "go-on", "x"), "--freeze, --redecide or both"),
        (("task", "to-evaluation", "x"), "--dataset FILE or --print"),
        (("policies", "suggestions", "show", "0" * 16), "contradicted"),
    ],
)
def test_a_wrong_recall_says_what_to_do(
    as_user: Callable[[str], Run], arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = as_user("dario")(*arguments)
    assert code in (1, 2)
    assert message in err.replace("\n", " ")

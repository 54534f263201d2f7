"""The command line against a real server: what it prints, and how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.command import Run, commands
from tests.support.sample_files import SAMPLES, written
from tests.support.served import ROOT, Served, served
from tools.clock import utc_now

VERIFY = (sys.executable, "-c", "from graphs.verifier import main; main()")
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all commands."""
    with served(tmp_path_factory.mktemp("data")) as running:
        yield running


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs `interlock` with arguments and INTERLOCK_ variables."""
    return commands(monkeypatch, capsys, tmp_path)


@pytest.fixture
def as_user(run: Run, server: Served) -> Callable[[str], Run]:
    """Runs commands against the server as a login."""

    def of(login: str) -> Run:
        return lambda *arguments: run(*arguments, url=server.url, api_key=server.key(login))

    return of


def test_a_document_becomes_a_case_that_ends(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    sample, intake = SAMPLES["clean_hybrid.pdf"], as_user("intake")
    options = ("--channel", sample.channel, "--sender", sample.sender)
    document = written(tmp_path, sample.file_name)
    first = intake("case", "start", "procure_to_pay", "--document", document, *options, "--wait")
    again = intake("case", "start", "procure_to_pay", "--document", document, *options)
    assert (first.code, first.json["status"], first.json["created"]) == (0, "done", True)
    assert (again.json["id"], again.json["created"]) == (first.json["id"], False)


def test_a_case_is_listed_and_shown(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    clara = as_user("clara")
    started = clara("case", "start", "procure_to_pay", "--document", written(tmp_path, "no_order.xml"), "--wait").json
    listed = clara("case", "list", "--json").json
    shown = clara("case", "show", started["id"], "--json").json
    table = clara("case", "show", started["id"])
    assert started["id"] in [case["id"] for case in listed["cases"]]
    assert shown["status"] == "waiting"
    assert [task["status"] for task in shown["tasks"]] == ["open"]
    assert shown["title"] in table.out
    assert table.code == 0


def test_deadlines_are_set_from_files_tried_shown_and_moved(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    admin, clara = as_user("admin"), as_user("clara")
    calendar, levels = (str(ROOT / "docs" / "examples" / f"{name}.yaml") for name in ("calendar", "service-levels"))
    (tmp_path / "odd.yaml").write_text("process: procure_to_pay")
    odd = admin("sla", "set", "odd.yaml", "--reason", "agreed")
    refused = clara("calendar", "set", calendar, "--reason", "works agreement")
    assert (odd.code, "calendar" in odd.err) == (2, True)
    assert (refused.code, "deadline.set" in refused.err) == (1, True)
    assert admin("calendar", "set", calendar, "--reason", "works agreement", "--json").json["version"] == 1
    assert admin("sla", "set", levels, "--reason", "agreed", "--json").json["version"] == 1
    assert "vienna" in clara("calendar", "list").out
    assert "Christmas Eve" in clara("calendar", "show", "vienna").out
    assert "large_amounts" in clara("sla", "get", "procure_to_pay").out
    tried = clara("sla", "simulate", "--level", levels, "--from", "2026-04-03T12:00:00+02:00", "--set", "facts.total=1")
    assert (tried.code, "Monday 2026-04-06 does not count: Ostermontag." in tried.out) == (0, True)
    assert "Ladder approvals: at risk from" in tried.out
    assert "head: head 2 business days after it was due" in tried.out
    assert clara("sla", "simulate", "--level", levels, "--from", "2026-04-03T12:00:00").code == 2
    started = clara(
        "case", "start", "procure_to_pay", "--document", written(tmp_path, "over_billed.xml"), "--wait"
    ).json
    shown = clara("sla", "show", started["id"], "--json").json["clocks"]
    open_ = {one["clock"]["scope"]: one["clock"] for one in shown if one["clock"]["state"] == "running"}
    assert {"process", "task"} <= set(open_)
    reasons = ("--reason", "waiting_for_supplier", "--note", "asked")
    assert admin("sla", "pause", open_["task"]["id"], *reasons, "--json").json["state"] == "paused"
    assert "Paused from" not in clara("sla", "show", started["id"]).out
    assert "manager (3. repeat): manager 4 h after it was due" in clara("sla", "show", started["id"]).out
    assert clara("sla", "risks", "--json").json == {"clocks": []}
    unknown = clara("sla", "acknowledge", "00000000-0000-4000-8000-000000000000")
    assert (unknown.code, "no escalation" in unknown.err) == (1, True)
    for order, state in (("resume", "running"), ("restart", "running"), ("stop", "stopped")):
        assert admin("sla", order, open_["task"]["id"], "--note", "done", "--json").json["state"] == state


MATRIX = """
rows:
  - {role: approver, matter: approval, entity: any, currency: EUR, limit_minor: 20000000, effective_from: "2026-01-01"}
"""


def test_agents_are_measured_and_what_was_never_reviewed_is_not(as_user: Callable[[str], Run]) -> None:
    admin, clara = as_user("admin"), as_user("clara")
    refused = clara("agents", "calibrate", "--reason", "pilot")
    nothing = admin("agents", "calibrate", "--reason", "pilot")
    shown = clara("agents", "status")
    assert (refused.code, "agents.calibrate" in refused.err) == (1, True)
    assert (nothing.code, "no reviewed decisions" in nothing.err) == (1, True)
    assert (shown.code, "decides by itself" in shown.out) == (0, True)
    assert [one for one in clara("agents", "status", "--json").json["classes"] if one["autonomous"]] == []


def test_the_matrix_is_set_from_a_file_and_shown(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    (tmp_path / "authority.yaml").write_text(MATRIX)
    (tmp_path / "twice.yaml").write_text(MATRIX + MATRIX.replace("rows:", ""))
    admin, clara = as_user("admin"), as_user("clara")
    twice = admin("authority", "set", "twice.yaml", "--reason", "board")
    refused = clara("authority", "set", "authority.yaml", "--reason", "board")
    done = admin("authority", "set", "authority.yaml", "--reason", "board", "--json")
    assert (twice.code, "rows 1 and 2 both say" in twice.err) == (2, True)
    assert (refused.code, "authority.set" in refused.err) == (1, True)
    assert (done.code, done.json["rows"][0]["limit_minor"]) == (0, 20_000_000)
    assert "20000000" in clara("authority", "show").out


def test_somebody_is_let_answer_and_no_longer(as_user: Callable[[str], Run]) -> None:
    dario, mara = as_user("dario"), as_user("mara")
    given = dario(
        "delegation", "give", "mara", "--to", "2999-12-31", "--cap-minor", "500", "--currency", "EUR", "--json"
    )
    assert (given.code, given.json["receiver"]) == (0, "main-mara")
    assert [d["id"] for d in mara("delegation", "list", "--json").json["delegations"]] == [given.json["id"]]
    assert mara("delegation", "end", given.json["id"]).code == 1
    assert dario("delegation", "end", given.json["id"], "--json").json == {"delegations": [], "names": {}}
    assert dario("delegation", "give", "mara", "--to", "tomorrow").code == 2


def test_findings_about_duties_end_with_their_answer(as_user: Callable[[str], Run]) -> None:
    found = as_user("dario")("duty", "findings", "--since", "2026-01-01", "--json")
    assert (found.code, found.json) == (0, {"acts": 0, "toxic": [], "splits": []})
    assert "Toxic pairs, in 0 acts" in as_user("dario")("duty", "findings", "--since", "2026-01-01").out


def test_a_reviewer_answers_a_task_once(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    intake, clara = as_user("intake"), as_user("clara")
    document = written(tmp_path, "unknown_supplier.pdf")
    case = intake("case", "start", "procure_to_pay", "--document", document, "--wait").json
    task = clara("task", "list", "--case", case["id"], "--json").json["tasks"][0]["id"]
    shown = clara("task", "show", task)
    without_reason = clara("task", "reject", task)
    rejected = clara("task", "reject", task, "--reason", "not ours", "--json")
    again = clara("task", "reject", task, "--reason", "not ours")
    assert "P2P-" in shown.out
    assert (without_reason.code, "reason" in without_reason.err) == (1, True)
    assert (rejected.code, rejected.json["decision"]) == (0, "reject")
    assert (again.code, "task_already_answered" in again.err) == (1, True)


def test_a_reviewer_asks_a_colleague_and_is_told_what_cannot_be_undone(
    as_user: Callable[[str], Run], tmp_path: Path
) -> None:
    clara, mara = as_user("clara"), as_user("mara")
    document = written(tmp_path, "page_mismatch.pdf")
    case = as_user("intake")("case", "start", "procure_to_pay", "--document", document, "--wait").json
    task = clara("task", "list", "--case", case["id"], "--json").json["tasks"][0]["id"]
    asked = clara("task", "ask", task, "Who is this?", "--to", "mara", "--field", "known_since=date", "--json")
    mine = mara("question", "list")
    answered = mara("question", "answer", asked.json["id"], "Our landlord.", "--set", "known_since=2020-01-31")
    shown = clara("task", "questions", task)
    too_early = clara("task", "undo", task)
    contacts = clara("task", "contacts", task)
    outside = clara("task", "ask", task, "And you?", "--mail", "billing@supplier.example", "--subject", "A question")
    neither = clara("task", "ask", task, "Anybody?")
    requests = clara("task", "requests", task, "--json")
    assert (contacts.code, requests.json) == (0, {"requests": []})
    assert (outside.code, "mail_not_connected" in outside.err, neither.code) == (1, True, 2)
    assert (asked.code, asked.json["fields"], "Who is this?" in mine.out) == (0, {"known_since": "date"}, True)
    assert (answered.code, "known_since=2020-01-31" in answered.out) == (0, True)
    assert "Our landlord." in shown.out
    assert (too_early.code, "nothing_to_undo" in too_early.err) == (1, True)


def test_the_audit_trail_is_shown_and_verified(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    dario = as_user("dario")
    document = written(tmp_path, "clean_cii.xml")
    case = as_user("intake")("case", "start", "procure_to_pay", "--document", document).json
    trail = dario("audit", "show", case["id"], "--json").json
    verified = dario("audit", "verify", "--json")
    refused = as_user("mara")("audit", "verify")
    assert trail["entries"][0]["kind"] == "case.started"
    assert (verified.code, verified.json["sound"]) == (0, True)
    assert dario("audit", "verify").code == 0
    assert (refused.code, "audit.read" in refused.err) == (1, True)


def test_an_outsider_verifies_what_was_exported(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    dario, document = as_user("dario"), written(tmp_path, "clean_ubl.xml")
    case = as_user("intake")("case", "start", "procure_to_pay", "--document", document, "--wait").json["id"]
    key = dario("audit", "key").out.strip()
    first = dario("audit", "export", "--case", case, "--whole", "--out", str(tmp_path / "first"), "--json")
    kept = tmp_path / "kept.checkpoint"
    kept.write_text(dario("audit", "key", "--checkpoint").out)
    today = f"{utc_now():%Y-%m-%d}"
    later = dario("audit", "export", "--period", f"2026-01-01..{today}", "--out", str(tmp_path / "later"))
    assert (first.code, later.code) == (0, 0), later.err
    for folder in ("first", "later"):
        told = subprocess.run(
            (*VERIFY, str(tmp_path / folder), "--key", key, "--checkpoint", str(kept), "--json"),
            cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        found = json.loads(told.stdout)
        assert (told.returncode, found["problems"], found["notes"]) == (0, [], [])
        assert found["checked"]["verdicts recomputed"] >= 3


def test_a_dossier_that_cannot_be_made_is_refused(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    dario, out = as_user("dario"), tmp_path / "out"
    out.mkdir()
    unknown = dario("audit", "export", "--case", UNKNOWN, "--out", str(out))
    refused = as_user("mara")("audit", "export", "--case", UNKNOWN, "--out", str(out))
    neither = dario("audit", "export", "--out", str(out))
    period = dario("audit", "export", "--period", "2026-13-01..x", "--out", str(out))
    naive = dario("audit", "export", "--period", "2026-11-01T08:00:00..2026-11-02", "--out", str(out))
    backwards = dario("audit", "export", "--period", "2026-11-03..2026-11-01", "--out", str(out))
    (out / "file").touch()
    full = dario("audit", "export", "--case", UNKNOWN, "--out", str(out))
    assert (unknown.code, "not_found" in unknown.err) == (1, True)
    assert (refused.code, "audit.read" in refused.err) == (1, True)
    assert (neither.code, "--case ID or --period" in neither.err) == (2, True)
    assert (period.code, naive.code, "2026-11-01..2026-11-30" in period.err) == (2, 2, True)
    assert (backwards.code, "ends before it begins" in backwards.err) == (1, True)
    assert (full.code, "is not an empty folder" in full.err) == (2, True)


def test_a_case_from_json_is_refused_where_json_is_ambiguous(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    clara, file = as_user("clara"), tmp_path / "input.json"
    file.write_text('{"document": "a", "document": "b"}')
    twice = clara("case", "start", "procure_to_pay", "--json", str(file))
    file.write_text("{}")
    incomplete = clara("case", "start", "procure_to_pay", "--json", str(file))
    assert (twice.code, "duplicate_json_key" in twice.err) == (1, True)
    assert (incomplete.code, "document" in incomplete.err) == (1, True)


def test_what_is_not_there_is_told(as_user: Callable[[str], Run]) -> None:
    clara = as_user("clara")
    for arguments in (("case", "show", UNKNOWN), ("task", "show", UNKNOWN), ("audit", "show", UNKNOWN)):
        assert clara(*arguments).code == 1
    assert clara("incident", "list", "--json").json == {"incidents": []}
    assert clara("case", "show", "../tasks").code == 1


def test_a_retry_needs_the_right(as_user: Callable[[str], Run]) -> None:
    assert "incident.retry" in as_user("clara")("incident", "retry", UNKNOWN).err
    assert "not_found" in as_user("dario")("incident", "retry", UNKNOWN).err


def test_a_tool_is_switched_off_and_on_again(as_user: Callable[[str], Run]) -> None:
    dario = as_user("dario")
    off = dario("switch", "off", "tool", "erp.invoice.post", "--reason", "it books twice", "--json")
    listed = dario("switch", "list", "--json").json["switches"]
    on = dario("switch", "on", "tool", "erp.invoice.post", "--reason", "mended")
    assert (off.code, off.json["off"], off.json["reason"]) == (0, True, "it books twice")
    assert [(switch["name"], switch["off"]) for switch in listed] == [("erp.invoice.post", True)]
    assert (on.code, "mended" in on.out) == (0, True)
    assert "mended" in dario("switch", "list").out


def test_a_switch_needs_the_right_and_a_name_that_there_is(as_user: Callable[[str], Run]) -> None:
    refused = as_user("clara")("switch", "off", "tool", "erp.invoice.post", "--reason", "no")
    mistyped = as_user("dario")("switch", "off", "tool", "erp.invoice.psot", "--reason", "no")
    assert (refused.code, "switch.set" in refused.err) == (1, True)
    assert (mistyped.code, "erp.invoice.post" in mistyped.err) == (1, True)


def test_a_target_is_limited(as_user: Callable[[str], Run]) -> None:
    dario = as_user("dario")
    limited = dario("target", "limit", "erp", "--max-concurrent", "2", "--failures", "5", "--json").json
    listed = dario("target", "list", "--json").json["targets"]
    unlimited = dario("target", "limit", "erp", "--none", "--json").json
    nothing = dario("target", "limit", "erp")
    assert limited["limits"]["max_concurrent"] == 2
    assert limited["limits"]["breaker"] == {"failures": 5, "cool_down_seconds": 30}
    assert [target["target"] for target in listed] == ["erp"]
    assert unlimited["limits"] == {"max_concurrent": None, "rate": None, "breaker": None}
    assert (nothing.code, "--max-concurrent" in nothing.err) == (2, True)
    assert "erp" in dario("target", "list").out


def test_a_supervisor_suspends_resumes_and_cancels_a_case(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    clara, dario = as_user("clara"), as_user("dario")
    document = written(tmp_path, "blocked_supplier.pdf")
    case = clara("case", "start", "procure_to_pay", "--document", document, "--wait").json["id"]
    without_reason = dario("case", "cancel", case)
    refused = clara("case", "cancel", case, "--reason", "mine")
    suspended = dario("case", "suspend", case, "--reason", "audit", "--json").json
    resumed = dario("case", "resume", case, "--json").json
    cancelled = dario("case", "cancel", case, "--reason", "ordered twice")
    copied = dario("case", "fork", case, "--reason", "what if", "--key", "k")
    assert (without_reason.code, refused.code, "case.cancel" in refused.err) == (2, 1, True)
    assert (suspended["status"], resumed["status"]) == ("suspended", "waiting")
    assert (cancelled.code, "ordered twice" in cancelled.out) == (0, True)
    assert (copied.code, "say from which step" in copied.err) == (1, True)


def test_an_order_that_does_not_fit_is_told(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    dario = as_user("dario")
    document = written(tmp_path, "price_variance.pdf")
    case = as_user("clara")("case", "start", "procure_to_pay", "--document", document, "--wait").json["id"]
    retried = dario("case", "retry", case, "--from", "nowhere", "--reason", "x")
    skipped = dario("case", "skip", case, "--step", "propose_draft", "--reason", "x", "--fact", "pages=3")
    assert (retried.code, "no step 'nowhere'" in retried.err) == (1, True)
    assert (skipped.code, "case_not_at_step" in skipped.err) == (1, True)


def test_a_message_that_no_process_waits_for_is_told(as_user: Callable[[str], Run], tmp_path: Path) -> None:
    intake, file = as_user("intake"), tmp_path / "payload.json"
    file.write_text('{"amount": 5}')
    sent = intake("message", "send", "payment.received", "--key", "INV-1", "--id", "m-1", "--payload", str(file))
    file.write_text('{"amount": 5, "amount": 6}')
    twice = intake("message", "send", "payment.received", "--key", "INV-1", "--id", "m-1", "--payload", str(file))
    assert (sent.code, "no process waits for a message" in sent.err) == (1, True)
    assert (twice.code, "duplicate_json_key" in twice.err) == (1, True)


def test_a_value_is_listed_then_erased_by_its_digest(as_user: Callable[[str], Run]) -> None:
    admin = as_user("admin")
    assert admin("retention", "keep", "*", "--compact-after-days", "30", "--json").json["compact_after_days"] == 30
    assert "30" in admin("retention", "policies").out
    assert admin("retention", "run", "--dry-run", "--json").json == {"dry_run": True, "compacted": 0, "erased": 0}
    held = admin("retention", "hold", "party", "Ludmila Anonyma", "--why", "inquiry", "--json").json
    assert held["id"] in admin("retention", "holds").out
    assert admin("retention", "release", held["id"], "--why", "closed").code == 0
    listed = admin("retention", "erase", "--value", "Ludmila Anonyma", "--json").json
    assert (listed["erased"], listed["rows"]) == (False, {"audit_values": 2, "legal_holds": 1})
    assert listed["digest"] in admin("retention", "erase", "--value", "Ludmila Anonyma").out
    erased = admin(
        "retention", "erase", "--value", "Ludmila Anonyma", "--reason", "asked", "--confirm", listed["digest"]
    )
    assert (erased.code, "Erased" in erased.out) == (0, True)
    assert "Anonyma" not in admin("retention", "holds", "--all").out
    assert admin("audit", "verify").code == 0


def test_an_unknown_key_is_told_what_to_set(run: Run, server: Served) -> None:
    ended = run("case", "list", url=server.url, api_key="wrong")
    assert (ended.code, "INTERLOCK_API_KEY" in ended.err) == (2, True)


def test_versions_are_listed_shown_and_checked(
    as_user: Callable[[str], Run], run: Run, server: Served, tmp_path: Path
) -> None:
    dario, new = as_user("dario"), "tests.support.versions:next_procure_to_pay"
    document = written(tmp_path, "no_order.xml")
    waiting = as_user("intake")("case", "start", "procure_to_pay", "--document", document, "--wait").json["id"]
    versions = dario("process", "list", "--json").json["versions"]
    shown = dario("process", "show", "procure_to_pay@5")
    unknown = dario("process", "show", "procure_to_pay@7")
    same = dario("process", "check", "procure_to_pay@5", "--json")
    local = run("process", "check", new, "--json", data_dir=str(server.folder), erp="memory")
    table = run("process", "check", new, data_dir=str(server.folder), erp="memory")
    drained = {f"{version['name']}@{version['version']}": version["drained"] for version in versions}
    assert all(version["registered"] for version in versions)
    assert {reference for reference, done in drained.items() if not done} == {"procure_to_pay@5"}
    assert drained.keys() >= {"procure_to_pay@1", "order_confirmation@1", "portal_invoices@1"}
    assert ("find_duplicates" in shown.out, unknown.code) == (True, 1)
    assert (same.code, same.json["cases"]) == (0, [])
    assert (local.code, local.json["process"]) == (0, "procure_to_pay@6")
    assert {case["case"]: case["fit"] for case in local.json["cases"]}[waiting] == "fits"
    assert waiting in table.out


def test_moving_cases_says_which_were_not_moved(as_user: Callable[[str], Run]) -> None:
    dario, clara = as_user("dario"), as_user("clara")
    order = ("process", "migrate", "procure_to_pay@5", "procure_to_pay@4", "--reason", "back")
    unsaid, unknown = dario(*order), dario(*order, "--case", UNKNOWN, "--json")
    denied = clara(*order, "--case", UNKNOWN)
    wrong = dario(*order, "--case", UNKNOWN, "--map", "approve")
    assert (unsaid.code, "--all-fitting" in unsaid.err) == (2, True)
    assert (unknown.code, unknown.json["cases"][0]["moved"]) == (1, False)
    assert (denied.code, wrong.code) == (1, 2)


def test_an_agent_is_added_listed_and_switched_off(as_user: Callable[[str], Run]) -> None:
    admin = as_user("admin")
    added = admin(
        *("agents", "add", "buyer_bot", "--name", "Buyer bot", "--role", "integration", "--sponsor", "mara"),
        *("--limit", "EUR=100000", "--from", "2026-01-01", "--reason", "pilot", "--json"),
    )
    listed = admin("agents", "list")
    off = admin("agents", "set", "buyer_bot", "--sponsor", "mara", "--off", "--reason", "end of the pilot")
    assert (added.code, added.json["key"].startswith("il_")) == (0, True)
    assert ("buyer_bot" in listed.out, "100000 EUR from 2026-01-01" in " ".join(listed.out.split())) == (True, True)
    assert (off.code, "none: a person is asked about every amount" in off.out) == (0, True)


def test_a_limit_that_is_none_is_refused_before_it_is_sent(as_user: Callable[[str], Run]) -> None:
    wrong = as_user("admin")(
        *("agents", "add", "bot", "--name", "Bot", "--sponsor", "mara", "--limit", "1000", "--reason", "pilot")
    )
    assert (wrong.code, "write EUR=100000" in wrong.err) == (2, True)


def test_an_organisations_own_duties_are_set_and_shown(as_user: Callable[[str], Run]) -> None:
    admin, release = as_user("admin"), ROOT / "policies" / "registers" / "duties.yaml"
    shown = admin("duty", "rules")
    own = admin("duty", "set", str(release), "--reason", "audit 2026-2", "--json")
    assert ("as they come with Interlock" in shown.out, "SOD-BANK" in shown.out) == (True, True)
    assert (own.code, own.json["set_by"]) == (0, "main-admin")
    assert "set by main-admin" in admin("duty", "rules").out


def test_review_quality_is_shown_seeded_and_checked(as_user: Callable[[str], Run]) -> None:
    dario, clara = as_user("dario"), as_user("clara")
    nothing, group = dario("quality", "show"), dario("quality", "show", "--role", "approver", "--json")
    mine, denied = clara("quality", "show", "--mine"), clara("quality", "show", "--role", "approver")
    unknown = dario("quality", "seed", UNKNOWN, "--right", "reject", "--reason", "known")
    unsaid = dario("quality", "second-reviews", "--share", "300")
    set_ = dario("quality", "second-reviews", "--role", "approver", "--share", "300", "--reason", "we begin", "--json")
    more = dario("quality", "second-reviews", "--role", "approver", "--known", "500", "--reason", "more", "--json")
    listed = dario("quality", "second-reviews")
    assert (nothing.code, unsaid.code, unknown.code, denied.code) == (2, 2, 1, 1)
    assert (group.json["at_least"], group.json["figures"]["kappa"]["withheld"]) == (4, "too few")
    assert (mine.code, "known_answers_right" in mine.out) == (0, True)
    assert (set_.json["second_bps"], set_.json["known_bps"]) == (300, 0)
    assert (more.json["second_bps"], more.json["known_bps"], more.json["flags_within_tasks"]) == (300, 500, None)
    assert ("approver" in listed.out, listed.code) == (True, 0)

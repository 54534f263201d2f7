"""An organisation on a day like others: people at work, cases of every kind, clocks, incidents, rules and runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.data_folder import DataFolder
from evals.run_shelf import RunShelf
from tests.support.breaking_erp import breaking_erp
from tests.support.console import PATIENCE_SECONDS, Lab, lab_in
from tests.support.deadlines import always
from tests.support.patience import wait_until
from tests.unit.test_evaluation_runs import kept, result

ROOT = Path(__file__).parents[2]
LOGIN = "olga"
"""Somebody who may do everything: what she sees is all that there is."""
ROLES = ("admin", "approver", "ap_clerk", "auditor", "process_owner", "rule_owner", "supervisor")
WAITING = (
    "over_automatic_limit", "over_four_eyes_limit", "price_variance", "partial_receipt", "no_order", "over_billed",
    "page_mismatch", "other_bank_account",
)  # fmt: skip
DONE = ("clean_ubl", "clean_hybrid", "clean_cii", "clean_french", "clean_service", "duplicate_in_erp")
STOPPED = 6
LEVELS = """
process: procure_to_pay
calendar: always
levels:
  - {name: by_amount, scope: task, of: [approve_invoice], target: {elapsed: 10m}, pauses: [{reason: supplier}]}
  - {name: answered, scope: task, target: {business_time: 20h}, pauses: [{reason: supplier}]}
  - {name: after_issue, scope: stage, of: [matching], target: {elapsed: 1m, after: facts.issue_date}}
  - {name: whole_case, scope: process, target: {business_time: 40h}}
ladders:
  - name: approvals
    of: [by_amount]
    at_risk: 1 %
    rungs:
      - {name: first_word, at: 1 %, action: "role:supervisor"}
      - {name: last_minute, before: 1m, action: remind, urgency: urgent}
      - {name: manager, after: 4h, action: manager, repeat: {every: 4h, at_most: 2}}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lively:
    """A server with much on it, and what of it has an address of its own."""

    lab: Lab
    fingerprint: str
    pack: str
    process: str
    proposal: str
    conversation: str
    run: str


@contextmanager
def lively(folder: Path) -> Iterator[Lively]:
    """A served organisation that has worked for a while."""
    with breaking_erp() as erp, lab_in(folder, erp_url=erp.url, connectors=str(_connectors(folder))) as lab:
        _people(lab)
        erp.broken.set()
        bank_changes(lab, STOPPED)
        fingerprint = _stopped(lab, STOPPED)
        erp.broken.clear()
        cases = lab.send(*DONE, *WAITING)
        for name in WAITING:
            lab.tasks[name] = lab.task_of(cases[name])
        lab.tasks["done"] = {"case": cases["clean_hybrid"]}
        _answered(lab)
        pack, proposal = _proposed(lab)
        yield Lively(
            lab=lab,
            fingerprint=fingerprint,
            pack=pack,
            process=_process(lab),
            proposal=proposal,
            conversation=_conversation(lab),
            run=_runs(lab),
        )


def _connectors(folder: Path) -> Path:
    """A folder that is watched, and one that is not there."""
    (folder / "drop").mkdir()
    path = folder / "connectors.yaml"
    kinds = {"scanner": folder / "drop", "archive": folder / "gone"}
    lines = [
        f"  {name}: {{kind: file_drop, settings: {{folder: {at}, process: procure_to_pay}}}}"
        for name, at in kinds.items()
    ]
    path.write_text("connectors:\n" + "\n".join(lines) + "\n")
    return path


def _people(lab: Lab) -> None:
    """Somebody with every role and a key, a team, calendars, service levels, a switch, a limit."""
    with lab.client("admin") as admin:
        account = {"login": LOGIN, "name": "Olga Owner", "email": "olga@example.com", "roles": list(ROLES)}
        admin.post("/accounts", json=account).raise_for_status()
        key = admin.post("/api-keys", json={"owner": LOGIN, "name": "reports"})
        assert key.is_success, key.text
        (lab.server.folder / "keys" / LOGIN).write_text(key.json()["secret"])
        team = {"roles": ["approver"], "members": ["mara", "dario"], "lead": "dario", "reason": "a team"}
        for path, body in (
            ("/teams/invoices", team),
            ("/calendars", {"yaml": (ROOT / "docs/examples/calendar.yaml").read_text(), "reason": "our hours"}),
            ("/calendars", {"yaml": always(), "reason": "agreed"}),
            ("/service-levels", {"yaml": LEVELS, "reason": "agreed"}),
            ("/switches/process/portal_invoices", {"off": True, "reason": "the portal is being moved"}),
            ("/targets/erp/limits", {"max_concurrent": 4}),
            ("/authority", {"rows": [_row("approver", 10_000_00), _row("supervisor", 250_000_00)], "reason": "agreed"}),
        ):
            answer = admin.put(path, json=body)
            assert answer.is_success, answer.text


def _row(role: str, limit_minor: int) -> dict[str, Any]:
    """What that role may approve of anything, in euros."""
    matter = {"matter": "approval", "entity": "any", "currency": "EUR"}
    return {"role": role, **matter, "limit_minor": limit_minor, "effective_from": "2020-01-01"}


def bank_changes(lab: Lab, number: int) -> None:
    """So many requests to change a supplier's bank account, each from another sender."""
    with lab.client("intake") as client:
        for one in range(1, number + 1):
            body = {
                "document": "0" * 64,
                "channel": "mail",
                "sender": f"billing-{one}@supplier.example",
                "vendor_name": f"Supplier {one:02}",
            }
            answer = client.post("/cases", json={"process": "bank_change", "input": body})
            assert answer.is_success, answer.text


def _stopped(lab: Lab, number: int) -> str:
    """The cause of so many open incidents, once they are there."""
    groups: list[dict[str, Any]] = []

    def found() -> bool:
        with lab.client("dario") as client:
            groups[:] = client.get("/incidents/groups").json()["groups"]
        return bool(groups) and groups[0]["open"] == number

    wait_until(
        found, within_seconds=PATIENCE_SECONDS, otherwise=lambda: f"{groups} instead of {number}", pause_seconds=0.2
    )
    return str(groups[0]["fingerprint"])


def _answered(lab: Lab) -> None:
    """Some of the tasks have their answer: there is something to look back on."""
    for name, login in (("over_billed", "clara"), ("other_bank_account", "clara")):
        with lab.client(login) as client:
            address = f"/tasks/{lab.tasks[name]['id']}"
            client.post(f"{address}/claim")
            body = {"decision": "reject", "reason": "Not as agreed.", "digest": client.get(address).json()["digest"]}
            client.post(f"{address}/answer", json=body)


def _proposed(lab: Lab) -> tuple[str, str]:
    """The pack that is in force, and a change of it that waits for a second person."""
    with lab.client("dario") as client:
        packs = client.get("/policies/packs").json()["packs"]
        digest = next(one["digest"] for one in packs if one["pack"] == "procure_to_pay")
        body = {"digest": digest, "parameters": {"auto_limit": 100}, "reason": "Too many slip through."}
        made = client.post("/policies/proposals", json=body)
        assert made.is_success, made.text
        most = {"max_newly_allowed_bps": 1000, "max_newly_blocked_bps": 1000, "max_extra_tasks_bps": 60_000}
        limits = client.put("/policies/limits/procure_to_pay", json=most)
        assert limits.is_success, limits.text
        replayed = client.post(f"/policies/proposals/{made.json()['id']}/replays", timeout=PATIENCE_SECONDS)
        assert replayed.is_success, replayed.text
    return str(digest), str(made.json()["id"])


def _runs(lab: Lab) -> str:
    """Two runs of which the newer is worse; the newer one's id."""
    shelf = RunShelf(folder=DataFolder(path=lab.server.folder).evaluation_runs)
    kept(shelf, result())
    return kept(shelf, result("two", "three"), minutes=1).brief.id


def _process(lab: Lab) -> str:
    """The newest version of procure-to-pay."""
    with lab.client("dario") as client:
        found = client.get("/processes").json()["processes"]
    return f"procure_to_pay@{max(one['version'] for one in found if one['name'] == 'procure_to_pay')}"


def _conversation(lab: Lab) -> str:
    """A question that was asked in the chat, with its answer."""
    with lab.client(LOGIN) as olga:
        asked = olga.post("/chat", json={"text": "Which invoices wait for a receipt, and who has them?"})
        assert asked.is_success, asked.text
        return str(olga.get("/chat/conversations").json()["conversations"][0]["id"])

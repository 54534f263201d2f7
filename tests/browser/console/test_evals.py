"""The evaluations screen: runs of this machine, what got worse, and the example that shows it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from api.data_folder import DataFolder
from evals.run_shelf import RunShelf
from tests.browser.console.pages import CONSOLE, look, violations
from tests.support.console import Desk, Lab, desk_of, lab_in
from tests.support.served import COMMAND, environment
from tests.unit.test_evaluation_runs import kept, result

pytestmark = CONSOLE
SUITE = "cost.supplier_mail"
SAMPLE = "price_variance"
INPUT = '{"fields": {"subject": "Invoice 20331"}}'


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_in(tmp_path_factory.mktemp("console")) as found:
        found.tasks[SAMPLE] = found.task_of(found.send(SAMPLE)[SAMPLE])
        yield found


def run_here(lab: Lab) -> None:
    """A suite that really runs, and two runs of which the newer is worse, one example made of a task of this server."""
    shelf = RunShelf(folder=DataFolder(path=lab.server.folder).evaluation_runs)
    good, bad = result(), result("two", "three")
    made = f"task_{lab.tasks[SAMPLE]['id'].replace('-', '')}"
    changes = {
        "two": {"name": made, "expected": "deny, then stop", "got": "allow, then stop"},
        "three": {"input": INPUT},
    }
    cases, passed = ([case.model_copy(update=changes.get(case.name, {})) for case in one.cases] for one in (bad, good))
    kept(shelf, good.model_copy(update={"cases": tuple(passed)}))
    kept(shelf, bad.model_copy(update={"cases": tuple(cases)}), minutes=1)
    command = [*COMMAND[:-1], "evals", "run", SUITE, "--against", "baseline"]
    done = subprocess.run(command, env=environment(lab.server.folder), capture_output=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr


def test_without_a_run_the_command_is_shown(desk: Desk) -> None:
    desk.sign_in("dario", "/evals")
    expect(desk.page.get_by_role("heading", name="Nothing was run on this machine yet")).to_be_visible()
    expect(desk.page.get_by_text("interlock evals run all --against baseline")).to_be_visible()
    assert violations(desk.page) == []


def test_a_regression_is_found_from_the_list_to_its_example_by_keyboard(lab: Lab, browser: Browser) -> None:
    if not RunShelf(folder=DataFolder(path=lab.server.folder).evaluation_runs).listed(limit=1):
        run_here(lab)
    with desk_of(lab, browser) as desk:
        page, keys = desk.page, desk.page.keyboard
        desk.sign_in("dario")
        keys.press("g")
        keys.press("v")
        runs = page.get_by_role("region", name="Runs")
        expect(runs.locator("tr[data-row]")).to_have_count(3)
        found = {"runs": look(page, "/evals")}
        runs.get_by_role("link", name="rules").first.press("Enter")
        failing = page.get_by_role("region", name="Failing examples")
        failing.wait_for()
        expect(page.locator("main")).to_contain_text("2 newly failing, 0 newly passing")
        expect(failing.get_by_text("newly failing")).to_have_count(2)
        expect(page.get_by_role("region", name="Figures")).to_contain_text("worse")
        found["run"] = look(page, "/evals/$runId")
        with lab.client("dario") as client:
            case = client.get(f"/cases/{lab.tasks[SAMPLE]['case']}").json()
        failing.get_by_role("link", name=case["title"]).press("Enter")
        example = page.get_by_role("region", name="Failing example", exact=True)
        expect(example.get_by_role("heading", level=2)).to_be_focused()
        expect(example.locator("del")).to_have_text("deny")
        expect(example.locator("ins")).to_have_text("allow")
        leads = example.get_by_role("link", name="The case that it was made of")
        expect(leads).to_have_attribute("href", f"/console/cases/{case['id']}")
        found["example"] = look(page, "/evals/$runId", kept="evaluation-example")
        keys.press("Escape")
        expect(example).to_have_count(0)
        failing.get_by_role("link", name="three").press("Enter")
        expect(example).to_contain_text("no case of this installation is behind it")
        expect(example).to_contain_text(INPUT)
        expect(example).to_contain_text("interlock evals run rules --against baseline")
        assert {screen: wrong for screen, wrong in found.items() if wrong} == {}
        assert desk.unexpected("401 (Unauthorized)") == []

"""Metrics: named as the pages say, readable by Prometheus, and bounded whatever names come."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from api.exposition import CensusCollector
from graphs.store.census import Census
from tests.conftest import ROOT
from tools.telemetry.labels import LONGEST, OTHER, Labelled
from tools.telemetry.metrics import REGISTRY

PAGE = (ROOT / "docs" / "how-to" / "watch-with-prometheus.md").read_text(encoding="utf-8")
DASHBOARD = ROOT / "docs" / "examples" / "grafana-dashboard.json"
SERIES = re.compile(r"\binterlock_[a-z_]+\b")
CENSUS = Census(
    live=[("procure_to_pay", "waiting", 7)],
    tasks_open=3,
    tasks_overdue=1,
    incidents_open=2,
    notices_waiting=4,
    breakers=[("open", 1)],
    jobs_due=5,
    jobs_scheduled=6,
    jobs_doing=8,
    oldest_job_seconds=1.5,
    workers=2,
)
HOSTILE = ['a"b', "a\nb", "a\\b", "a{b}", "", "\x00", "名前", 'x"} 1\ninterlock_forged{a="b', "y" * 10_000]


def families(census: Census | None = CENSUS) -> dict[str, Any]:
    """Every family, by the name under which its series are exposed."""
    shared = CollectorRegistry()
    shared.register(CensusCollector(census))
    text = (generate_latest(REGISTRY) + generate_latest(shared)).decode()
    return {
        f"{family.name}_total" if family.type == "counter" else family.name: family
        for family in text_string_to_metric_families(text)
    }


OWN = sorted(name for name in families() if name.startswith("interlock_"))


def test_the_page_lists_every_metric_and_no_other() -> None:
    listed = re.findall(r"^\| `(interlock_[a-z_]+)` \|", PAGE, re.MULTILINE)
    assert sorted(listed) == OWN


@pytest.mark.parametrize("name", OWN)
def test_the_page_names_each_metrics_labels(name: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name}` |"))
    given = re.findall(r"`([a-z]+)`", row.split("|")[2])
    known = REGISTRY._names_to_collectors.get(name)
    exposed = sorted({label for sample in families()[name].samples for label in sample.labels})
    assert sorted(given) == (sorted(known._labelnames) if isinstance(known, MetricWrapperBase) else exposed)


def test_the_dashboard_shows_nothing_that_is_not_exposed() -> None:
    dashboard = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for query in queries for name in SERIES.findall(query)}
    assert len(queries) > 10
    assert sorted(shown - set(OWN)) == []


def test_a_census_is_told_as_counts_and_one_that_failed_as_not_there() -> None:
    told = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for name, family in families().items()
        if name not in REGISTRY._names_to_collectors
        for sample in family.samples
    }
    assert told["interlock_cases_live", "procure_to_pay", "waiting"] == 7
    assert (told["interlock_tasks_open",], told["interlock_tasks_overdue",]) == (3, 1)
    assert told["interlock_queue_jobs", "due"] == 5
    assert (told["interlock_breakers", "open"], told["interlock_breakers", "closed"]) == (1, 0)
    absent = families(None)
    assert absent["interlock_census_up"].samples[0].value == 0
    assert "interlock_tasks_open" not in absent


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_name_is_a_label_and_nothing_else(name: str) -> None:
    registry = CollectorRegistry()
    Labelled(Counter("interlock_made_up_total", "Of this test.", ["a"], registry=registry)).of(name).inc()
    (family,) = text_string_to_metric_families(generate_latest(registry).decode())
    (sample,) = family.samples
    assert (sample.name, sample.value) == ("interlock_made_up_total", 1)
    assert len(sample.labels["a"]) <= LONGEST
    assert sample.labels["a"].isprintable()


def test_however_many_names_come_the_series_are_bounded_and_nothing_goes_uncounted() -> None:
    registry = CollectorRegistry()
    counted = Labelled(Counter("interlock_made_up_total", "Of this test.", ["a", "b"], registry=registry), most=50)
    for number in range(1_000):
        counted.of(f"name {number}", "x").inc()
    counted.of("name 0", "x").inc()
    (family,) = text_string_to_metric_families(generate_latest(registry).decode())
    values = {(sample.labels["a"], sample.labels["b"]): sample.value for sample in family.samples}
    assert len(values) == 51
    assert values["name 0", "x"] == 2
    assert values[OTHER, OTHER] == 950

"""Where processes give their metrics: a port each, never without a token."""

from __future__ import annotations

from pathlib import Path

import pytest

from api.crew import environment
from api.data_folder import DataFolder
from api.errors import SettingsInvalid
from api.servers import Servers
from api.settings import load_settings

TOKEN = "file:/run/secrets/scrape"


def servers(folder: Path, **settings: object) -> Servers:
    chosen = load_settings(data_dir=folder, erp="memory", **settings)
    return Servers(
        settings=chosen, folder=DataFolder.prepared(folder), admin_url="", owner_url="", app_url="", role=None
    )


def test_each_member_of_a_crew_has_the_next_port(tmp_path: Path) -> None:
    started = servers(tmp_path, metrics_port=9464, metrics_token=TOKEN)
    ports = [environment(started, number)["INTERLOCK_METRICS_PORT"] for number in (1, 2, 3)]
    assert ports == ["9465", "9466", "9467"]


def test_without_a_port_a_member_has_none(tmp_path: Path) -> None:
    assert "INTERLOCK_METRICS_PORT" not in environment(servers(tmp_path), 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"metrics_port": 9464}, "INTERLOCK_METRICS_PORT is set, so set INTERLOCK_METRICS_TOKEN too"),
        ({"metrics_port": 65535, "metrics_token": TOKEN}, "would be above 65535"),
        ({"metrics_port": 65530, "metrics_token": TOKEN, "workers": 7}, "would be above 65535"),
        ({"metrics_token": "hunter2"}, "INTERLOCK_METRICS_TOKEN: write env:NAME_OF_A_VARIABLE"),
    ],
)
def test_what_is_not_guarded_or_has_no_room_is_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(**settings)
    assert message in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_last_ports_that_there_are_may_be_used() -> None:
    settings = load_settings(metrics_port=65529, metrics_token=TOKEN, workers=7)
    assert settings.metrics_port == 65529

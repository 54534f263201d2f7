"""The configuration of connectors: each mistake is named with file, connector and field, and no secret is told."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import SecretStr

from tools.configuration import (
    Configuration,
    ConfigurationRefused,
    ConfigurationUnreadable,
    ConnectorInvalid,
    KindUnknown,
    SecretInConfiguration,
    read_configuration,
)
from tools.configuration_schema import configuration_schema
from tools.connector import ENTRY_POINTS
from tools.jobs.connector import JobSettings
from tools.limits import Breaker, Rate, TargetLimits
from tools.plugin import Plugins
from tools.secret import SecretMissing, resolve

JOBS = EntryPoint(name="jobs", value="tools.jobs.connector:JOBS", group=ENTRY_POINTS)
ABSENT = EntryPoint(name="absent", value="nowhere_at_all:KIND", group=ENTRY_POINTS)
PLUGINS = Plugins({"jobs": (JOBS,), "absent": (ABSENT,)})
GOOD = """
connectors:
  robots:
    kind: jobs
    settings:
      url: https://robots.example/api
      auth: {scheme: bearer, token: env:ROBOTS_TOKEN}
      callback_url: https://interlock.example/callbacks/robots
      callback_secrets: [env:NEW_SECRET, file:secrets/old]
    limits:
      max_concurrent: 4
      rate: {calls: 10, per_seconds: 2, burst: 5}
      breaker: {failures: 3}
  second:
    kind: jobs
    tenant: other
    prefix: backup
    settings: {url: "https://backup.example"}
"""


def read(folder: Path, text: str) -> Configuration:
    (folder / "connectors.yaml").write_text(text)
    return read_configuration(folder / "connectors.yaml", PLUGINS, tenant="main")


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def test_connectors_are_read_with_settings_limits_tenant_and_prefix(tmp_path: Path) -> None:
    robots, second = read(tmp_path, GOOD).connectors
    assert isinstance(robots.settings, JobSettings)
    assert (robots.name, robots.tenant, robots.prefix) == ("robots", "main", None)
    assert (second.name, second.tenant, second.prefix, second.limits) == ("second", "other", "backup", None)
    assert robots.limits == TargetLimits(
        max_concurrent=4,
        rate=Rate(calls=10, per=timedelta(seconds=2), burst=5),
        breaker=Breaker(failures=3, cool_down=timedelta(seconds=30)),
    )


def test_a_relative_file_of_a_secret_lies_beside_the_configuration(tmp_path: Path) -> None:
    settings = read(tmp_path, GOOD).connectors[0].settings
    assert isinstance(settings, JobSettings)
    assert settings.callback_secrets == ("env:NEW_SECRET", f"file:{tmp_path}/secrets/old")


@pytest.mark.parametrize(
    ("old", "new", "error", "connector", "field"),
    [
        ("    kind: jobs\n    tenant", "    kindly: jobs\n    tenant", ConnectorInvalid, "second", "kind"),
        ("kind: jobs\n    tenant", "kind: fax\n    tenant", KindUnknown, "second", "kind"),
        ("url: https://robots.example/api", "url: ftp://robots.example", ConnectorInvalid, "robots", "settings.url"),
        ("url: https://robots.example/api", "ulr: x", ConnectorInvalid, "robots", "settings.url"),
        ("failures: 3", "failures: 0", ConnectorInvalid, "robots", "limits.breaker.failures"),
        ("prefix: backup", "prefix: Back-Up", ConnectorInvalid, "second", "prefix"),
        ("tenant: other", "tenant: Other", ConnectorInvalid, "second", "tenant"),
        ("  second:", "  Second Robots:", ConnectorInvalid, "Second Robots", "[key]"),
        ("env:ROBOTS_TOKEN", "s3cr3t", SecretInConfiguration, "robots", "settings.auth.token"),
        ("env:NEW_SECRET", "whsec_s3cr3t", SecretInConfiguration, "robots", "settings.callback_secrets.0"),
        ("tenant: other", "tenant: other\n    password: s3cr3t", SecretInConfiguration, "second", "password"),
        (
            '"https://backup.example"',
            '"https://me:s3cr3t@backup.example"',
            SecretInConfiguration,
            "second",
            "settings.url",
        ),
        (
            "scheme: bearer, token: env:",
            "scheme: header, name: X-Key, value: s3cr3t:",
            SecretInConfiguration,
            "robots",
            "settings.auth.header.value",
        ),
        ("      callback_secrets: [env:NEW_SECRET, file:secrets/old]\n", "", ConnectorInvalid, "robots", "settings"),
    ],
)
def test_a_mistake_is_told_with_its_file_its_connector_and_its_field(
    tmp_path: Path, old: str, new: str, error: type[ConfigurationRefused], connector: str, field: str
) -> None:
    with pytest.raises(error) as refused:
        read(tmp_path, changed(old, new))
    assert (refused.value.file.name, refused.value.connector, refused.value.field) == (
        "connectors.yaml",
        connector,
        field,
    )
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "connectors: [",
        "connectors: {a: {kind: jobs}, a: {kind: jobs}}",
        "a: &x 1\nb: *x",
        "!!python/object:x {}",
    ],
)
def test_what_is_no_plain_yaml_mapping_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigurationUnreadable, match=r"connectors\.yaml"):
        read(tmp_path, text)


def test_a_yaml_error_does_not_quote_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationUnreadable, match="line 2, column 1") as refused:
        read(tmp_path, "password: 's3cr3t\n")
    assert "s3cr3t" not in str(refused.value)


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationUnreadable, match=r"nowhere\.yaml.*No such file"):
        read_configuration(tmp_path / "nowhere.yaml", PLUGINS, tenant="main")


def test_a_kind_that_is_installed_and_broken_is_a_problem_of_its_connector_only(tmp_path: Path) -> None:
    broken, other = read(
        tmp_path,
        "connectors:\n  a: {kind: absent}\n"
        + GOOD.split("connectors:\n")[1].replace("robots:", "b:", 1).split("  second")[0],
    ).connectors
    assert "nowhere_at_all is not installed" in broken.problem
    assert (broken.settings, other.problem) == (None, "")


def test_the_schema_says_what_the_file_may_hold() -> None:
    schema = configuration_schema(Plugins({"jobs": (JOBS,)}))
    json.dumps(schema)
    validator = Draft202012Validator(schema)
    fine = {"connectors": {"robots": {"kind": "jobs", "settings": {"url": "https://robots.example"}}}}
    assert list(validator.iter_errors(fine)) == []
    wrong = [
        {"connectors": {"robots": {"kind": "fax"}}},
        {"connectors": {"robots": {"kind": "jobs", "settings": {"ulr": "x"}}}},
        {"connectors": {"robots": {"kind": "jobs", "surprise": 1}}},
    ]
    assert [bool(list(validator.iter_errors(one))) for one in wrong] == [True] * 3


@pytest.mark.parametrize("content", ["whsec_x", "whsec_x\n"])
def test_a_secret_is_read_from_its_file_without_the_last_line_break(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret").write_text(content)
    assert resolve(f"file:{tmp_path}/secret") == SecretStr("whsec_x")


def test_a_secret_is_read_from_the_environment_when_it_is_asked_for() -> None:
    assert resolve("env:TOKEN", environment={"TOKEN": "x"}) == SecretStr("x")


@pytest.mark.parametrize("reference", ["env:NOT_SET", "file:/nowhere/at/all"])
def test_a_missing_secret_is_told_by_its_reference(reference: str) -> None:
    with pytest.raises(SecretMissing, match=reference):
        resolve(reference, environment={})


def test_an_empty_secret_is_a_missing_one(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(SecretMissing, match="empty"):
        resolve(f"file:{tmp_path}/secret")

"""A configured tool knows which build of its connector answers; another does not claim to."""

from __future__ import annotations

from tests.support.toy import Notebook
from tools.build import built_by
from tools.configuration import ConfiguredConnector
from tools.configured_tool import configured


def test_a_configured_tool_names_connector_kind_and_build() -> None:
    connector = ConfiguredConnector(
        name="books", kind="rest", tenant="acme", prefix="second", limits=None, build="2.3.1"
    )
    [tool] = configured([Notebook()], connector)
    assert built_by(tool) == {"connector": {"name": "books", "kind": "rest", "build": "2.3.1"}}


def test_a_tool_of_no_connector_records_nothing() -> None:
    assert built_by(Notebook()) == {}
    odd = Notebook()
    odd.build = "1.0"  # type: ignore[attr-defined]  # whatever a tool of others may call its own
    assert built_by(odd) == {}

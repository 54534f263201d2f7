"""How the command line writes a value for people."""

from __future__ import annotations

import pytest

from api.cli.command import application
from api.cli.output import cell


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2026-11-23T22:36:01.532280Z", "2026-11-23 22:36:01 UTC"),
        ("2026-11-23T22:36:01+00:00", "2026-11-23 22:36:01 UTC"),
        ("2026-11-23", "2026-11-23"),
        ("paid on 2026-11-23T22:36:01Z", "paid on 2026-11-23T22:36:01Z"),
        (None, "–"),
        (True, "true"),
        ({"a": 1}, '{"a": 1}'),
        ("[red]no markup[/red]", "[red]no markup[/red]"),
        ("clear\x1b[2Jscreen", "clear�[2Jscreen"),
    ],
)
def test_a_value_is_written_as_people_read_it(value: object, written: str) -> None:
    assert cell(value).plain == written


def test_the_version_is_printed_without_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        application()(["--version"], standalone_mode=True)
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("interlock ")

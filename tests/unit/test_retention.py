"""Which policy holds, and what stands under a name."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from graphs.erasure import under
from graphs.store.retention import policy_for
from graphs.store.retention_tables import RetentionPolicy

FACT = {"value": "IBAN 1", "confidence": 0.9, "source": {"ref": "page 1"}, "integrity": "untrusted"}


def policy(process: str, status: str) -> RetentionPolicy:
    return RetentionPolicy(
        tenant="acme",
        process=process,
        status=status,
        compact_after=timedelta(days=1),
        set_by="acme-sven",
        since=datetime(2026, 1, 1, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([], None),
        ([("other", "*"), ("*", "rejected")], None),
        ([("*", "*")], ("*", "*")),
        ([("*", "*"), ("*", "done")], ("*", "done")),
        ([("*", "done"), ("toy", "*")], ("toy", "*")),
        ([("toy", "*"), ("toy", "done"), ("*", "done")], ("toy", "done")),
    ],
)
def test_the_policy_that_names_more_wins(policies: list[tuple[str, str]], expected: tuple[str, str] | None) -> None:
    found = policy_for([policy(*named) for named in policies], "toy", "done")
    assert (found and (found.process, found.status)) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"iban": "A"}, ["A"]),
        ([{"x": {"iban": ["A", {"y": 7}]}}], ["A", "7"]),
        ({"facts": {"iban": FACT}}, ["IBAN 1"]),
        ({"iban": None, "other": "iban", "list": [True]}, []),
        ({"iban": {"value": "A", "unit": "B"}}, ["A", "B"]),
    ],
)
def test_what_stands_under_a_name_is_found_but_not_its_provenance(data: object, expected: list[str]) -> None:
    assert list(under("iban", data)) == expected

"""Only a person acknowledges a warning of a target: what a process drafts, and what a refusal leads to."""

from __future__ import annotations

from datetime import date

import pytest

from graphs.runtime.judged import Refusal
from graphs.runtime.provenance import WarningNotAsked, arguments_of, can_acknowledge
from graphs.steps import ActionDraft
from tools.catalog import Catalog
from tools.erp.actions import erp_tools
from tools.errors import NeedsPerson, TargetWarning
from tools.testing.erp import MemoryErp

NAME = "0123456789abcdef0123456789abcdef.effective_date_future"


async def load(sha256: str) -> tuple[str, bytes]:
    """No document is asked for."""
    raise AssertionError(sha256)


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(erp_tools(MemoryErp.from_seed(today=date(2026, 7, 1)), load))


@pytest.mark.parametrize("drafted", [[], [NAME], None])
def test_a_process_cannot_acknowledge_by_itself(catalog: Catalog, drafted: list[str] | None) -> None:
    arguments = {"order_id": "1", "acknowledged": drafted}
    draft = ActionDraft(tool="erp.order.quote", arguments=arguments)
    with pytest.raises(WarningNotAsked, match="leave it out"):
        arguments_of(draft, catalog["erp.order.quote"], {})


def test_a_draft_that_acknowledges_nothing_is_left_as_it_is(catalog: Catalog) -> None:
    draft = ActionDraft(tool="erp.order.quote", arguments={"order_id": "1"})
    assert arguments_of(draft, catalog["erp.order.quote"], {}) == {"order_id": "1"}


def test_every_action_that_the_erp_may_warn_of_can_be_acknowledged(catalog: Catalog) -> None:
    assert {tool.name for tool in catalog if can_acknowledge(tool)} == {
        "erp.order.quote",
        "erp.order.confirm",
        "erp.receipt.book",
        "erp.invoice.post",
        "erp.payment.create",
        "erp.payment.approve",
        "erp.payment.process",
        "erp.payment.succeed",
        "erp.payment.fail",
    }


def test_a_warning_adds_itself_to_those_acknowledged_before() -> None:
    refusal = Refusal(code="b", message="b", warning="2.b", acknowledged=("1.a",))
    assert refusal.answered == ("1.a", "2.b")


def test_a_warning_is_a_question_and_any_other_question_is_no_warning() -> None:
    warning = TargetWarning("is it the same?", warning=NAME, code="invoice_similar")
    assert isinstance(warning, NeedsPerson)
    assert (warning.warning, warning.reason) == (NAME, "invoice_similar")
    assert not isinstance(NeedsPerson("nobody knows"), TargetWarning)

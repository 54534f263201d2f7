"""`interlock case cancel`, `suspend`, `resume`, `retry`, `skip` and `fork`."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from api.cli.client import Client, segment
from api.cli.output import AsJson, print_fields, print_json
from api.cli.tasks import pairs

CaseId = Annotated[str, typer.Argument(metavar="ID")]
Reason = Annotated[str, typer.Option(help="Why; recorded with the order.")]


def cancel(case_id: CaseId, reason: Reason, as_json: AsJson = False) -> None:
    """Cancel a case; what it has done is taken back first, where its process says how."""
    _order(case_id, "cancel", {"reason": reason}, as_json)


def suspend(case_id: CaseId, reason: Reason, as_json: AsJson = False) -> None:
    """Stop a case until it is resumed; its deadlines pause."""
    _order(case_id, "suspend", {"reason": reason}, as_json)


def resume(case_id: CaseId, as_json: AsJson = False) -> None:
    """Let a suspended case go on."""
    _order(case_id, "resume", {}, as_json)


def retry(
    case_id: CaseId,
    from_step: Annotated[str, typer.Option("--from", help="Step to go on from; the case has been at it.")],
    reason: Reason,
    as_json: AsJson = False,
) -> None:
    """Let a waiting or stopped case go on from an earlier step."""
    _order(case_id, "retry", {"from_step": from_step, "reason": reason}, as_json)


def skip(
    case_id: CaseId,
    step: Annotated[str, typer.Option(help="The step the case stands at.")],
    reason: Reason,
    facts: Annotated[list[str] | None, typer.Option("--fact", help="name=value, repeatable.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a waiting or stopped case go on behind the step it stands at."""
    _order(case_id, "skip", {"step": step, "reason": reason, "facts": pairs(facts)}, as_json)


def fork(
    case_id: CaseId,
    reason: Reason,
    from_step: Annotated[str | None, typer.Option("--from", help="Begin there, with the state of then.")] = None,
    key: Annotated[str | None, typer.Option(help="Idempotency key: the same key makes the same copy.")] = None,
    as_json: AsJson = False,
) -> None:
    """Copy a case for analysis; none of the copy's effects reaches a tool."""
    headers = {"Idempotency-Key": key} if key else {}
    body = {"reason": reason, "from_step": from_step}
    copied = Client.from_settings().post(f"/cases/{segment(case_id)}/fork", body, headers=headers)
    _print(copied["case"] | {"created": copied["created"]}, as_json)


COMMANDS = (cancel, suspend, resume, retry, skip, fork)


def _order(case_id: str, order: str, body: dict[str, Any], as_json: bool) -> None:
    _print(Client.from_settings().post(f"/cases/{segment(case_id)}/{order}", body), as_json)


def _print(case: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(case)
        return
    print_fields({name: case[name] for name in ("id", "process", "title", "status", "outcome")})

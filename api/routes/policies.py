"""Rule packs: what is stored, proposed, replayed and active.

A replay may take minutes, so its answer is a line of JSON for each batch (`application/x-ndjson`): `{"progress": …}`,
and last `{"report": …}`, or `{"problem": …}` where it had to stop.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from api.gate import CurrentActor
from api.progress_lines import LinesResponse, lines_of, streamed
from api.routes.wiring import PROBLEMS, wired
from api.strict_json import StrictRoute
from api.views.pack import (
    ActivationView,
    ApprovalForm,
    LimitsForm,
    LimitsList,
    LimitsView,
    PackList,
    PackTextView,
    ProposalDetail,
    ProposalForm,
    ProposalList,
    ProposalView,
    ReplayForm,
    ReplayLine,
    WithdrawalForm,
    named_in,
)
from api.views.pack_contents import PackContentsView, ProposalOptions
from graphs.pack_desk import PackDesk
from graphs.pack_reader import PackReader
from graphs.replay import Progress
from graphs.replay_report import ReplayReport

WiredPackDesk = Annotated[PackDesk, wired(PackDesk)]
WiredPackReader = Annotated[PackReader, wired(PackReader)]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
PackName = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,59}$")]

router = APIRouter(tags=["policies"], responses=PROBLEMS, route_class=StrictRoute)


@router.get("/policies/packs")
async def list_packs(actor: CurrentActor, desk: WiredPackDesk, reader: WiredPackReader) -> PackList:
    """Stored rule packs, and every activation."""
    packs, activations = await desk.listed(actor)
    ids = [pack.stored_by for pack in packs]
    ids += [person for row in activations for person in (row.proposed_by, row.approved_by)]
    return PackList.of(packs, activations, await reader.names(actor, ids))


@router.get("/policies/packs/{digest}")
async def show_pack(digest: Digest, actor: CurrentActor, desk: WiredPackDesk) -> PackTextView:
    """A rule pack with its text, by the digest that verdicts name."""
    return PackTextView.of_text(await desk.pack(actor, digest))


@router.get("/policies/packs/{digest}/contents")
async def show_pack_contents(digest: Digest, actor: CurrentActor, reader: WiredPackReader) -> PackContentsView:
    """A rule pack as people read it: each rule in plain words with its lines of the text, parameters, tables."""
    return PackContentsView.of(await reader.contents(actor, digest))


@router.get("/policies/proposals")
async def list_proposals(
    actor: CurrentActor,
    desk: WiredPackDesk,
    reader: WiredPackReader,
    open_only: Annotated[bool, Query(alias="open", description="Only those that wait.")] = False,
    digest: Annotated[str, Query(pattern=r"^[0-9a-f]{0,64}$", description="Beginning of the pack's digest.")] = "",
) -> ProposalList:
    """Proposals, newest first, each with its newest replay."""
    found = await desk.proposals(actor, open_only=open_only, pack_digest=digest)
    people = await reader.names(actor, named_in(found))
    return ProposalList(proposals=[ProposalView.of(one) for one in found], people=people)


@router.post("/policies/proposals", status_code=HTTPStatus.CREATED)
async def propose(form: ProposalForm, actor: CurrentActor, desk: WiredPackDesk) -> ProposalView:
    """Propose a rule pack; it is compiled, checked and smoke-run in a child process first."""
    return ProposalView.of(await desk.propose(actor, form.asked(), yaml=form.yaml, pack_digest=form.digest))


@router.get("/policies/proposals/{proposal_id}")
async def show_proposal(
    proposal_id: UUID, actor: CurrentActor, desk: WiredPackDesk, reader: WiredPackReader
) -> ProposalDetail:
    """A proposal with the whole report of its newest replay."""
    found = await desk.proposal(actor, str(proposal_id))
    return ProposalDetail.of(found, await reader.names(actor, named_in([found])))


@router.get("/policies/proposals/{proposal_id}/options")
async def proposal_options(proposal_id: UUID, actor: CurrentActor, reader: WiredPackReader) -> ProposalOptions:
    """What you may do with the proposal now, by the checks of the calls themselves."""
    return ProposalOptions.of(await reader.deeds(actor, str(proposal_id)))


@router.post("/policies/proposals/{proposal_id}/replays", responses=lines_of(ReplayLine), response_class=LinesResponse)
async def replay_proposal(proposal_id: UUID, actor: CurrentActor, desk: WiredPackDesk) -> StreamingResponse:
    """Replay a proposal over the window of its pack's limits; the report is kept."""
    return await streamed(desk.replay(actor, str(proposal_id)), line_of)


@router.post("/policies/replays", responses=lines_of(ReplayLine), response_class=LinesResponse)
async def replay_text(form: ReplayForm, actor: CurrentActor, desk: WiredPackDesk) -> StreamingResponse:
    """Replay a text that nobody has proposed; nothing of it is kept."""
    return await streamed(desk.try_out(actor, form.yaml, form.scope(), parameters=form.parameters), line_of)


@router.post("/policies/proposals/{proposal_id}/approve")
async def approve(proposal_id: UUID, form: ApprovalForm, actor: CurrentActor, desk: WiredPackDesk) -> ActivationView:
    """Activate a proposal, as its second person."""
    activation = await desk.approve(actor, str(proposal_id), pack_digest=form.digest, report_digest=form.report_digest)
    return ActivationView.of(activation)


@router.post("/policies/proposals/{proposal_id}/withdraw")
async def withdraw(proposal_id: UUID, form: WithdrawalForm, actor: CurrentActor, desk: WiredPackDesk) -> ProposalView:
    """Close a proposal without activating it."""
    await desk.withdraw(actor, str(proposal_id), reason=form.reason)
    return ProposalView.of(await desk.proposal(actor, str(proposal_id)))


@router.get("/policies/limits")
async def list_limits(actor: CurrentActor, desk: WiredPackDesk) -> LimitsList:
    """How much a new version of each pack may change at once."""
    return LimitsList(limits=[LimitsView.of(row) for row in await desk.limits(actor)])


@router.put("/policies/limits/{pack}")
async def set_limits(pack: PackName, form: LimitsForm, actor: CurrentActor, desk: WiredPackDesk) -> LimitsView:
    """Set how much a new version of the pack may change at once."""
    return LimitsView.of(await desk.set_limits(actor, pack, form.limits()))


def line_of(item: Progress | ReplayReport) -> object:
    """What a line of a replay says."""
    if isinstance(item, Progress):
        return {"progress": {"entry": item.entry, "of": item.of, "verdicts": item.verdicts}}
    return {"report": item.model_dump(mode="json")}

"""Every screen of the console with an address in the lively organisation, and by what one sees that it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.lively import Lively


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A part of the console that has an address of its own.

    `route` is the path as the router declares it, `address` the same with what stands in it, `ready` a selector of
    what is there once the screen has its data, in any language, and `kept` the name of its picture in the
    documentation, where it has one.
    """

    name: str
    route: str
    ready: str
    address: str = ""
    kept: str = ""

    def of(self, shown: Lively) -> str:
        """The address in that organisation."""
        return (self.address or self.route).format(
            waiting=shown.lab.tasks["over_automatic_limit"]["case"],
            done=shown.lab.tasks["done"]["case"],
            task=shown.lab.tasks["page_mismatch"]["id"],
            clock=shown.lab.tasks["over_automatic_limit"]["id"],
            fingerprint=shown.fingerprint,
            pack=shown.pack,
            proposal=shown.proposal,
            process=shown.process,
            run=shown.run,
            conversation=shown.conversation,
        )


def _parts(route: str, address: str, key: str, parts: dict[str, str], kept: str = "") -> tuple[Screen, ...]:
    """A screen for each part that stands in the address; with a prefix, each has its picture."""
    name = route.strip("/").partition("/")[0]
    return tuple(
        Screen(
            name=f"{name} {part}",
            route=route,
            address=f"{address}?{key}={part}",
            ready=ready,
            kept=f"{kept}-{part}" if kept else "",
        )
        for part, ready in parts.items()
    )


PANEL = "[role=tabpanel]"
EITHER = "main [role=listitem], [data-approval], main h2"
"""Rows, or the words for none."""
SCREENS = (
    Screen(name="home", kept="home", route="/", ready="main section li, main section [role=listitem]"),
    Screen(
        name="queue", kept="queue", route="/tasks", address="/tasks?tab=team", ready="main [role=listitem], main li"
    ),
    Screen(
        name="review",
        kept="review",
        route="/tasks/$taskId",
        address="/tasks/{task}",
        ready="[data-field=invoice_number]",
    ),
    Screen(
        name="approvals", kept="approvals", route="/approvals", address="/approvals?part=team", ready="[data-approval]"
    ),
    *_parts("/approvals", "/approvals", "part", {"limits": "main table", "stand-ins": "main section"}),
    *_parts("/approvals", "/approvals", "part", {"unassigned": EITHER}),
    *_parts("/tasks", "/tasks", "tab", {"unassigned": EITHER, "delegated": EITHER, "done": EITHER}),
    Screen(name="cases", kept="cases", route="/cases", ready="tr[data-row]"),
    Screen(
        name="case path", kept="case", route="/cases/$caseId", address="/cases/{waiting}", ready=".react-flow__node"
    ),
    *_parts(
        "/cases/$caseId",
        "/cases/{waiting}",
        "look",
        {
            "timeline": f"{PANEL} time",
            "data": f"{PANEL} select",
            "documents": f"{PANEL} img",
            "rules": f"{PANEL} section",
            "agents": f"{PANEL} h3, {PANEL} h2, {PANEL} section",
            "messages": f"{PANEL} section",
        },
        kept="case",
    ),
    Screen(name="incidents", kept="incidents", route="/incidents", ready="tr[data-row]"),
    Screen(
        name="cause",
        kept="incident",
        route="/incidents/$fingerprint",
        address="/incidents/{fingerprint}",
        ready="tr[data-row]",
    ),
    Screen(name="deadlines", kept="sla", route="/sla", address="/sla?days=1", ready="tr[data-row]"),
    Screen(name="escalations", route="/sla", address="/sla?view=escalations", ready="main button, main table"),
    Screen(name="clocks", kept="sla-case", route="/sla/$about", address="/sla/{clock}", ready="[data-clock]"),
    Screen(name="map", kept="map", route="/map", address="/map?process={process}", ready="[data-step]"),
    Screen(
        name="versions",
        kept="map-versions",
        route="/map",
        address="/map?process={process}&compare=procure_to_pay@1&heat=frequency",
        ready="[data-difference]",
    ),
    Screen(
        name="analytics",
        kept="analytics",
        route="/analytics",
        address="/analytics?process=procure_to_pay&days=7",
        ready="canvas",
    ),
    Screen(name="policies", kept="policies", route="/policies", ready="main a[href*=packs]"),
    *_parts(
        "/policies",
        "/policies",
        "show",
        {"proposals": "main a[href*=proposals]", "history": "main table, main li", "suggestions": "main section"},
    ),
    Screen(
        name="pack",
        kept="pack",
        route="/policies/packs/$digest",
        address="/policies/packs/{pack}",
        ready="main section",
    ),
    *_parts(
        "/policies/packs/$digest", "/policies/packs/{pack}", "part", {"values": "main table", "text": "main section"}
    ),
    Screen(name="propose", route="/policies/propose", address="/policies/propose?from={pack}", ready="main textarea"),
    Screen(
        name="proposal",
        kept="proposal",
        route="/policies/proposals/$proposalId",
        address="/policies/proposals/{proposal}",
        ready="main section",
    ),
    Screen(name="audit", kept="audit", route="/audit", ready="tr[data-entry]"),
    Screen(name="evaluations", kept="evals", route="/evals", ready="tr[data-row]"),
    Screen(name="evaluation", kept="evaluation", route="/evals/$runId", address="/evals/{run}", ready="main section"),
    *_parts(
        "/admin",
        "/admin",
        "part",
        {
            "users": "tr[data-row]",
            "roles": f"{PANEL} li, {PANEL} table",
            "teams": f"{PANEL} table",
            "calendars": f"{PANEL} li",
            "systems": f"{PANEL} table",
            "workers": f"{PANEL} table",
            "services": f"{PANEL} table",
            "keys": f"{PANEL} table",
        },
        kept="admin",
    ),
    Screen(
        name="person",
        kept="admin-user",
        route="/admin",
        address="/admin?part=users&open=clara",
        ready="[role=dialog] h2",
    ),
    Screen(name="chat", route="/chat", ready="main [role=combobox]"),
    Screen(
        name="conversation",
        kept="chat",
        route="/chat/$conversationId",
        address="/chat/{conversation}",
        ready="main article",
    ),
)

import { api, take, type Schemas } from "../api/client";

export type Card = Schemas["ChatCard"];

const PATH = /^\/(cases|tasks|incidents|incidents\/groups|escalations)\/([0-9a-f-]{16,36})\/([a-z]+)$/;

/** A card names a call that this page does not make: it is refused here, and nothing is sent. */
export class CallUnknown extends Error {
  override readonly name = "CallUnknown";
}

/** Make the very call that the button of the action makes. The calls are a closed set: nothing else is ever sent. */
export async function carryOut(card: Card, reason: string): Promise<unknown> {
  const [, root, id = "", verb] = PATH.exec(card.path) ?? [];
  switch (`${root} ${verb}`) {
    case "cases suspend":
      return take(api.POST("/cases/{case_id}/suspend", { params: { path: { case_id: id } }, body: { reason } }));
    case "cases cancel":
      return take(api.POST("/cases/{case_id}/cancel", { params: { path: { case_id: id } }, body: { reason } }));
    case "cases resume":
      return take(api.POST("/cases/{case_id}/resume", { params: { path: { case_id: id } } }));
    case "tasks claim":
      return take(api.POST("/tasks/{task_id}/claim", { params: { path: { task_id: id } } }));
    case "tasks release":
      return take(api.POST("/tasks/{task_id}/release", { params: { path: { task_id: id } }, body: { reason } }));
    case "tasks reassign":
      return take(api.POST("/tasks/{task_id}/reassign", { params: { path: { task_id: id } }, body: { to: String(card.body?.to ?? ""), reason } }));
    case "incidents retry":
      return take(api.POST("/incidents/{incident_id}/retry", { params: { path: { incident_id: id } } }));
    case "incidents/groups retry":
      return take(
        api.POST("/incidents/groups/{fingerprint}/retry", {
          params: { path: { fingerprint: id } },
          body: { reason, dry_run: false, canary: 3, at_once: 20 },
        }),
      );
    case "escalations acknowledge":
      return take(api.POST("/escalations/{escalation_id}/acknowledge", { params: { path: { escalation_id: id } }, body: { note: "" } }));
    default:
      throw new CallUnknown(`${card.method} ${card.path}`);
  }
}

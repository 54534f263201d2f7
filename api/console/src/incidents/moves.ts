import type { Schemas } from "../api/client";
import { api, take } from "../api/client";

export type Move = Schemas["MoveOption"]["move"];

/** In the order in which they are offered. */
export const MOVES: readonly Move[] = ["retry", "correct", "reroute", "skip", "apply", "close", "cancel"];

/** What a move is about: one incident, or those of a group; without `incidents`, all that are open. */
export type Target = { kind: "one"; incident: string } | { kind: "group"; fingerprint: string; incidents: string[]; count: number };

export interface Given {
  reason: string;
  /** For a reroute. */
  step: string;
  /** For a correction: only what was changed. */
  values: Record<string, string>;
  canary: number;
  atOnce: number;
}

/** Order it about one incident; says what was ordered, in words. */
export async function orderOne(incident: string, move: Move, given: Given): Promise<string> {
  const params = { path: { incident_id: incident } };
  const { reason } = given;
  switch (move) {
    case "retry":
      await take(api.POST("/incidents/{incident_id}/retry", { params }));
      return "";
    case "apply":
      await take(api.POST("/incidents/{incident_id}/apply", { params }));
      return "";
    case "close":
      await take(api.POST("/incidents/{incident_id}/close", { params, body: { reason } }));
      return "";
    case "correct":
      return (await take(api.POST("/incidents/{incident_id}/correct", { params, body: { values: given.values, reason } }))).ordered;
    case "skip":
      return (await take(api.POST("/incidents/{incident_id}/skip", { params, body: { reason, facts: {} } }))).ordered;
    case "reroute":
      return (await take(api.POST("/incidents/{incident_id}/reroute", { params, body: { from_step: given.step, reason } }))).ordered;
    case "cancel":
      return (await take(api.POST("/incidents/{incident_id}/cancel", { params, body: { reason } }))).ordered;
  }
}

/** Order it about a group, or only try it: nothing is changed then, and each case says what would become of it. */
export function orderGroup(
  target: Extract<Target, { kind: "group" }>,
  move: Move,
  given: Given,
  dryRun: boolean,
): Promise<Schemas["BulkAnswer"]> {
  const params = { path: { fingerprint: target.fingerprint } };
  const body = {
    reason: given.reason,
    dry_run: dryRun,
    incidents: target.incidents,
    versions: [],
    canary: given.canary,
    at_once: given.atOnce,
  };
  switch (move) {
    case "retry":
      return take(api.POST("/incidents/groups/{fingerprint}/retry", { params, body }));
    case "apply":
      return take(api.POST("/incidents/groups/{fingerprint}/apply", { params, body }));
    case "close":
      return take(api.POST("/incidents/groups/{fingerprint}/close", { params, body }));
    case "cancel":
      return take(api.POST("/incidents/groups/{fingerprint}/cancel", { params, body }));
    case "skip":
      return take(api.POST("/incidents/groups/{fingerprint}/skip", { params, body: { ...body, facts: {} } }));
    case "correct":
      return take(api.POST("/incidents/groups/{fingerprint}/correct", { params, body: { ...body, values: given.values } }));
    case "reroute":
      return take(api.POST("/incidents/groups/{fingerprint}/reroute", { params, body: { ...body, from_step: given.step } }));
  }
}

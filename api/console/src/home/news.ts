/** Kinds of the trail that a first look tells of, most telling first, and the screen that shows more of each. */
export const TOLD = [
  ["incident.opened", "/incidents"],
  ["deadline.breached", "/sla"],
  ["deadline.at_risk", "/sla"],
  ["escalation.reached", "/sla"],
  ["task.overdue", "/tasks"],
  ["task.escalated", "/tasks"],
  ["case.started", "/cases"],
  ["case.ended", "/cases"],
  ["case.cancelled", "/cases"],
  ["task.answered", "/tasks"],
  ["effect.confirmed", "/cases"],
  ["incident.retried", "/incidents"],
  ["incident.closed", "/incidents"],
  ["operation.started", "/incidents"],
  ["pack.activated", "/policies"],
] as const;

export type Told = (typeof TOLD)[number];

export interface News {
  lines: { kind: Told[0]; to: Told[1]; count: number }[];
  /** Entries that no line tells of. */
  rest: number;
}

export function newsOf(kinds: Readonly<Record<string, number>>): News {
  const lines = TOLD.flatMap(([kind, to]) => (kinds[kind] ? [{ kind, to, count: kinds[kind] }] : []));
  const all = Object.values(kinds).reduce((sum, count) => sum + count, 0);
  return { lines, rest: all - lines.reduce((sum, line) => sum + line.count, 0) };
}

import type { Operation } from "./queries";

export interface Part {
  name: "done" | "failed" | "moving" | "left" | "waiting";
  count: number;
  /** Of all, 0 to 100. */
  share: number;
}

/** How an operation's items stand, as parts of a bar; what there is none of is left out. */
export function partsOf(operation: Pick<Operation, "done" | "failed" | "moving" | "left" | "waiting" | "total">): Part[] {
  const names = ["done", "failed", "moving", "left", "waiting"] as const;
  return names
    .map((name) => ({ name, count: operation[name], share: operation.total ? (100 * operation[name]) / operation.total : 0 }))
    .filter((part) => part.count > 0);
}

/** Whether something may still change: an operation that has ended may have items under way. */
export function isUnderWay(operation: Pick<Operation, "status" | "moving">): boolean {
  return operation.status === "running" || operation.moving > 0;
}

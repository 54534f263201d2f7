import type { Schemas } from "../api/client";

type Operation = Schemas["OperationView"];
type Item = Schemas["OperationItemView"];

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

export interface Alike {
  text: string;
  cases: string[];
}

/** Items that failed, those of one message together, the most frequent first. */
export function alikeOf(items: readonly Pick<Item, "case" | "code" | "message">[]): Alike[] {
  const found = new Map<string, string[]>();
  for (const item of items) {
    const text = item.message ? `${item.message} (${item.code})` : item.code;
    found.set(text, [...(found.get(text) ?? []), item.case]);
  }
  return [...found].map(([text, cases]) => ({ text, cases })).sort((a, b) => b.cases.length - a.cases.length);
}

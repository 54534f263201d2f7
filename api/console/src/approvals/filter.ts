export const PARTS = ["mine", "unassigned", "team", "limits", "stand-ins"] as const;
export type Part = (typeof PARTS)[number];
export type Whose = Extract<Part, "mine" | "unassigned" | "team">;

export interface ApprovalSearch {
  /** Without it: what waits for me. */
  part?: Part;
}

export function searchOf(raw: Record<string, unknown>): ApprovalSearch {
  const part = PARTS.find((one) => one === raw.part);
  return part && part !== "mine" ? { part } : {};
}

export const isWhose = (part: Part): part is Whose => part === "mine" || part === "unassigned" || part === "team";

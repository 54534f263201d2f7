export const TABS = ["force", "proposals", "history", "suggestions"] as const;
export type Tab = (typeof TABS)[number];

export function tabOf(raw: Record<string, unknown>): { show?: Tab } {
  const show = TABS.find((one) => one === raw.show);
  return show && show !== "force" ? { show } : {};
}

export const PARTS = ["rules", "values", "text"] as const;
export type Part = (typeof PARTS)[number];

export interface PackSearch {
  part?: Part;
  words?: string;
  at?: string;
  rule?: string;
}

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value).slice(0, 100) || undefined : undefined;

/** What is shown of a pack: a part of it, and of its rules those that hold words or stand at a point. */
export function packSearchOf(raw: Record<string, unknown>): PackSearch {
  const found: PackSearch = {};
  const part = PARTS.find((one) => one === raw.part);
  if (part && part !== "rules") found.part = part;
  for (const name of ["words", "at", "rule"] as const) {
    const text = textOf(raw[name]);
    if (text) found[name] = text;
  }
  return found;
}

export interface ProposeSearch {
  from?: string;
  suggestion?: string;
}

export function proposeSearchOf(raw: Record<string, unknown>): ProposeSearch {
  const found: ProposeSearch = {};
  if (typeof raw.from === "string" && /^[0-9a-f]{64}$/.test(raw.from)) found.from = raw.from;
  if (/^[0-9a-f]{16}$/.test(String(raw.suggestion))) found.suggestion = String(raw.suggestion);
  return found;
}

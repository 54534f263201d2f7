export const TABS = ["path", "timeline", "data", "documents", "rules", "agents", "messages"] as const;
export type Tab = (typeof TABS)[number];

/** What of a case is looked at, as it stands in the address. */
export interface LookSearch {
  look?: Tab;
  /** After which visit the data is looked at, and compared with which; without them: now, and the one before. */
  at?: number;
  since?: number;
}

const place = (value: unknown): number | undefined => {
  const number = value === undefined || value === "" ? Number.NaN : Number(value);
  return Number.isInteger(number) && number >= 0 && number <= 100_000 ? number : undefined;
};

export function caseSearchOf(raw: Record<string, unknown>): LookSearch {
  const tab = TABS.find((one) => one === raw.look);
  const at = place(raw.at);
  const since = place(raw.since);
  return { ...(tab && tab !== "path" ? { look: tab } : {}), ...(at === undefined ? {} : { at }), ...(since === undefined ? {} : { since }) };
}

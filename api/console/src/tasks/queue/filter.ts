export const TABS = ["mine", "team", "unassigned", "delegated", "done"] as const;
export type TabName = (typeof TABS)[number];

/** What the queue shows, as it stands in the address: a filter is shared by sending the address on. */
export interface QueueFilter {
  tab: TabName;
  words: string;
  overdue: boolean;
}

/** What of it stands in the address: only what is not as usual. */
export interface QueueSearch {
  tab?: TabName;
  words?: string;
  overdue?: boolean;
}

const isTab = (value: unknown): value is TabName => TABS.some((tab) => tab === value);

/** The filter of an address; what nobody could have chosen is left out. */
export function searchOf(raw: Record<string, unknown>): QueueSearch {
  const found: QueueSearch = {};
  if (isTab(raw.tab) && raw.tab !== "mine") found.tab = raw.tab;
  // A router reads `words=12` as a number: people look for numbers all the time.
  if (typeof raw.words === "string" || typeof raw.words === "number") found.words = String(raw.words).slice(0, 200);
  if (raw.overdue === true || raw.overdue === "true") found.overdue = true;
  if (!found.words) delete found.words;
  return found;
}

export function filterOf(search: QueueSearch): QueueFilter {
  return { tab: search.tab ?? "mine", words: search.words ?? "", overdue: search.overdue ?? false };
}

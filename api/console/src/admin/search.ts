export const TABS = ["users", "roles", "teams", "calendars", "systems", "workers", "services", "keys"] as const;
export type TabName = (typeof TABS)[number];

/** What each tab asks the server for: what would be refused is not offered. */
export const NEEDS: Record<TabName, string> = {
  users: "account.manage",
  roles: "people.read",
  teams: "people.read",
  calendars: "task.read",
  systems: "case.read",
  workers: "admin",
  services: "account.manage",
  keys: "account.manage",
};

/** What of the administration is shown, as it stands in the address: `open` is what is open of the tab. */
export interface AdminSearch {
  part?: TabName;
  words?: string;
  open?: string;
  revoked?: boolean;
}

const isTab = (value: unknown): value is TabName => TABS.some((tab) => tab === value);
const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value).slice(0, 200) || undefined : undefined;

/** What an address says; what nobody could have chosen is left out. */
export function searchOf(raw: Record<string, unknown>): AdminSearch {
  const found: AdminSearch = {};
  if (isTab(raw.part)) found.part = raw.part;
  const words = text(raw.words);
  if (words) found.words = words;
  const open = text(raw.open);
  if (open) found.open = open;
  if (raw.revoked === true || raw.revoked === "true") found.revoked = true;
  return found;
}

/** The tabs that somebody's permissions allow, in order. */
export function permittedTabs(permissions: readonly string[]): TabName[] {
  return TABS.filter((tab) => permissions.includes(NEEDS[tab]));
}

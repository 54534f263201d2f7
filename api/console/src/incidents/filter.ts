export const STATUSES = ["open", "closed", "all"] as const;
export type Status = (typeof STATUSES)[number];

export interface IncidentSearch {
  /** Without it: open ones. */
  status?: Status;
}

export interface GroupSearch extends IncidentSearch {
  /** The incident that is looked at. */
  incident?: string;
}

const isStatus = (value: unknown): value is Status => STATUSES.some((one) => one === value);

export function searchOf(raw: Record<string, unknown>): IncidentSearch {
  return isStatus(raw.status) && raw.status !== "open" ? { status: raw.status } : {};
}

export function groupSearchOf(raw: Record<string, unknown>): GroupSearch {
  const found: GroupSearch = searchOf(raw);
  if (typeof raw.incident === "string" && /^[0-9a-f-]{36}$/.test(raw.incident)) found.incident = raw.incident;
  return found;
}

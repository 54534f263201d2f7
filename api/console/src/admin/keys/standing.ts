import type { ApiKeyRow } from "../queries";

export type KeyStanding = "good" | "unused" | "over" | "revoked" | "out";

/** What the server would make of a key now. */
export function keyStanding(key: ApiKeyRow, now: Date): KeyStanding {
  if (key.revoked_at !== null) return "revoked";
  if (key.expires_at !== null && new Date(key.expires_at) <= now) return "over";
  if (!key.owner_active) return "out";
  return key.used_at === null ? "unused" : "good";
}

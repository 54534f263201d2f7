import type { ApiKeyRow } from "../queries";

export type KeyStanding = "good" | "unused" | "over" | "revoked" | "out";

/** What the server would make of a key now. */
export function keyStanding(key: ApiKeyRow, now: Date): KeyStanding {
  if (key.revoked_at !== null) return "revoked";
  if (key.expires_at !== null && new Date(key.expires_at) <= now) return "over";
  if (!key.owner_active) return "out";
  return key.used_at === null ? "unused" : "good";
}

/** The last moment of a day, by the clock of whoever chose it; nothing for no day. */
export function endOfDay(day: string): string | null {
  return day ? new Date(`${day}T23:59:59`).toISOString() : null;
}

/** When any of the keys was used last, and how many of them let somebody in now. */
export function keysInUse(keys: readonly ApiKeyRow[], now: Date): { good: number; usedAt: string | null } {
  const used = keys.flatMap((key) => (key.used_at ? [key.used_at] : [])).sort();
  const good = keys.filter((key) => ["good", "unused"].includes(keyStanding(key, now))).length;
  return { good, usedAt: used.at(-1) ?? null };
}

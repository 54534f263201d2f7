/** What of the trail somebody has seen, kept in this browser for each of those who use it. */

/** Where the trail ended, and when that was looked at. */
export interface Mark {
  seq: number;
  at: string;
}

export interface Kept {
  /** Where the visit before ended; null on a first one. */
  before: Mark | null;
  last: Mark;
}

type Store = Pick<Storage, "getItem" | "setItem">;

/** Whoever comes back sooner is still on the same visit: a reload loses nothing. */
const SAME_VISIT_MS = 30 * 60_000;

const key = (who: string) => `interlock.visit.${who}`;

function isMark(value: unknown): value is Mark {
  return typeof value === "object" && value !== null && "seq" in value && "at" in value && Number.isSafeInteger(value.seq) && typeof value.at === "string";
}

export function readVisit(store: Store, who: string): Kept | null {
  try {
    const found: unknown = JSON.parse(store.getItem(key(who)) ?? "null");
    if (typeof found !== "object" || found === null || !("last" in found) || !isMark(found.last)) return null;
    return { last: found.last, before: "before" in found && isMark(found.before) ? found.before : null };
  } catch {
    // What somebody else wrote there, or a browser that keeps nothing: a first visit.
    return null;
  }
}

export function keepVisit(store: Store, who: string, visit: Kept): void {
  try {
    store.setItem(key(who), JSON.stringify(visit));
  } catch {
    // A browser that keeps nothing: the next visit is a first one again.
  }
}

/** From where on everything is news to somebody who looks now; null on a first visit. */
export function seenUntil(kept: Kept | null, now: Date): Mark | null {
  if (kept === null) return null;
  return now.getTime() - new Date(kept.last.at).getTime() < SAME_VISIT_MS ? kept.before : kept.last;
}

/** Where the day of whoever looks began. */
export function startOfDay(now: Date): Date {
  const start = new Date(now);
  start.setHours(0, 0, 0, 0);
  return start;
}

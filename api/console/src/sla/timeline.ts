export interface Due {
  dueAt: string;
  /** At risk by its share of time, or likely to be breached by forecast. */
  risky: boolean;
}

export interface Bucket {
  from: Date;
  to: Date;
  calm: number;
  risky: number;
}

const HOUR = 3_600_000;
/** Hours of a bucket, by how many days are shown: 24 to 28 of them fit, and none is cut by midnight. */
const WIDTHS: Record<number, number> = { 1: 1, 3: 3, 7: 6 };
const LIKELY = 0.5;

export const isRisky = (clock: { clock: { at_risk_since: string | null }; probability: number | null }): boolean =>
  clock.clock.at_risk_since !== null || (clock.probability ?? 0) >= LIKELY;

/**
 * What is due when, from the bucket of the present instant on. Buckets begin at whole hours of the reader's day, so that
 * one never holds the end of a day and the beginning of the next.
 */
export function buckets(dues: readonly Due[], now: Date, days: 1 | 3 | 7): Bucket[] {
  const width = WIDTHS[days] ?? 3;
  const first = new Date(now);
  first.setHours(Math.floor(now.getHours() / width) * width, 0, 0, 0);
  const found = Array.from({ length: Math.ceil((days * 24) / width) }, (_, place) => ({
    from: new Date(first.getTime() + place * width * HOUR),
    to: new Date(first.getTime() + (place + 1) * width * HOUR),
    calm: 0,
    risky: 0,
  }));
  for (const due of dues) {
    const place = Math.floor((new Date(due.dueAt).getTime() - first.getTime()) / (width * HOUR));
    const bucket = found[place];
    if (bucket) bucket[due.risky ? "risky" : "calm"] += 1;
  }
  return found;
}

/** The end of what is shown. */
export function horizon(now: Date, days: number): Date {
  return new Date(now.getTime() + days * 24 * HOUR);
}

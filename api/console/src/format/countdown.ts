export type Urgency = "overdue" | "soon" | "today" | "later";

export interface Countdown {
  /** Whole units, the largest that fits: 3 of `hour`. Never negative. */
  amount: number;
  unit: "minute" | "hour" | "day";
  urgency: Urgency;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** How long until a deadline, or how long ago it was (`overdue`). Less than a minute counts as one. */
export function countdown(deadline: Date, now: Date): Countdown {
  const left = deadline.getTime() - now.getTime();
  const length = Math.max(Math.abs(left), MINUTE);
  const [unit, size] = length >= 2 * DAY ? (["day", DAY] as const) : length >= HOUR ? (["hour", HOUR] as const) : (["minute", MINUTE] as const);
  const urgency = left <= 0 ? "overdue" : left <= 4 * HOUR ? "soon" : left <= DAY ? "today" : "later";
  return { amount: Math.floor(length / size), unit, urgency };
}

/** Seconds left until an instant, rounded up; 0 once it has come. */
export function secondsLeft(until: Date, now: Date): number {
  return Math.max(0, Math.ceil((until.getTime() - now.getTime()) / 1000));
}

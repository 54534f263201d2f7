import type { Day } from "./queries";

/** Days with how many of something there were, of how many. */
export interface DayShare {
  day: string;
  share: number | null;
}

/** Which share of a day's ended cases something is true of; a day on which none ended has none. */
export function shares(days: readonly Day[], of: (day: Day) => number): DayShare[] {
  return days.map((day) => ({ day: day.day, share: day.ended > 0 ? of(day) / day.ended : null }));
}

/** The instant a day begins in UTC, in seconds, as charts place it. */
export function beginning(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

export function whole(days: readonly Day[], of: (day: Day) => number): number {
  return days.reduce((sum, day) => sum + of(day), 0);
}

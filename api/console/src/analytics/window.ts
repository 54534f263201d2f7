/** What both screens of figures have in their address: which process, and how many days back. */

export const WINDOWS = [7, 30, 90, 366] as const;
export type Days = (typeof WINDOWS)[number];
export const USUAL_DAYS: Days = 30;

export function daysOf(raw: unknown): Days | undefined {
  const found = WINDOWS.find((days) => days === Number(raw));
  return found === USUAL_DAYS ? undefined : found;
}

/** A name of the API's, as it stands in an address; what cannot be one is left out. */
export function nameOf(raw: unknown): string | undefined {
  return typeof raw === "string" && /^[\w.-]+(@\d+)?$/.test(raw) ? raw : undefined;
}

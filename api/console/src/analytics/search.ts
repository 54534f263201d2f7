import { daysOf, nameOf, USUAL_DAYS, type Days } from "./window";

/** What of the figures stands in the address: only what is not as usual. */
export interface FiguresSearch {
  process?: string;
  days?: Days;
  version?: number;
}

export function searchOf(raw: Record<string, unknown>): FiguresSearch {
  const version = typeof raw.version === "boolean" || raw.version === undefined || raw.version === "" ? Number.NaN : Number(raw.version);
  const found: FiguresSearch = {
    process: nameOf(raw.process),
    days: daysOf(raw.days),
    version: Number.isInteger(version) && version >= 0 ? version : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export function chosenOf(search: FiguresSearch) {
  return { ...search, days: search.days ?? USUAL_DAYS };
}

import { daysOf, nameOf, USUAL_DAYS, type Days } from "../analytics/window";

export type Heat = "waiting" | "frequency";

/** What of the map stands in the address: only what is not as usual. */
export interface MapSearch {
  process?: string;
  days?: Days;
  heat?: Heat;
  compare?: string;
  view?: "table";
}

export function searchOf(raw: Record<string, unknown>): MapSearch {
  const found: MapSearch = {
    process: nameOf(raw.process),
    days: daysOf(raw.days),
    heat: raw.heat === "frequency" ? "frequency" : undefined,
    compare: nameOf(raw.compare),
    view: raw.view === "table" ? "table" : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export function chosenOf(search: MapSearch) {
  return { ...search, days: search.days ?? USUAL_DAYS, heat: search.heat ?? ("waiting" as Heat) };
}

/** The cases that stand at a step, on the screen of cases. */
export function casesAt(reference: string, step: string): string {
  const process = reference.split("@")[0] ?? reference;
  return `/console/cases?${new URLSearchParams({ process, step }).toString()}`;
}

/** What the trail is searched for, as it stands in the address. Days are of whoever reads. */
export interface AuditFilter {
  kind: string;
  by: string;
  case: string;
  words: string;
  from: string;
  to: string;
}

export type AuditSearch = { [Name in keyof AuditFilter]?: AuditFilter[Name] | undefined };

const KIND = /^[a-z_]{1,60}(\.[a-z_]{1,60})?$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** Whether the server takes a field as it is; what somebody is still typing is not asked. */
export const FORMS: Record<keyof AuditFilter, (text: string) => boolean> = {
  kind: (text) => KIND.test(text),
  by: (text) => text.length <= 200,
  case: (text) => UUID.test(text),
  words: (text) => text.length <= 200,
  from: (text) => DAY.test(text),
  to: (text) => DAY.test(text),
};
const NAMES = Object.keys(FORMS) as (keyof AuditFilter)[];

/** The filter of an address; what the server would not take is left out. */
export function searchOf(raw: Record<string, unknown>): AuditSearch {
  const found: AuditSearch = {};
  for (const name of NAMES) {
    // A router reads `words=12` as a number.
    const text = typeof raw[name] === "string" || typeof raw[name] === "number" ? String(raw[name]).trim() : "";
    if (text && FORMS[name](text)) found[name] = text;
  }
  return found;
}

export function filterOf(search: AuditSearch): AuditFilter {
  return { kind: "", by: "", case: "", words: "", from: "", to: "", ...search };
}

/** The instants of a filter's days: from the begin of the first to the end of the last, where the reader is. */
export function span(filter: { from: string; to: string }): { from?: string; to?: string } {
  const found: { from?: string; to?: string } = {};
  if (filter.from) found.from = new Date(`${filter.from}T00:00:00`).toISOString();
  if (filter.to) {
    const end = new Date(`${filter.to}T00:00:00`);
    end.setDate(end.getDate() + 1);
    found.to = end.toISOString();
  }
  return found;
}

import type { operations } from "../api/schema";

export const STATUSES = ["incident", "waiting", "running", "suspended", "compensating", "done", "rejected", "cancelled"] as const;
export type Status = (typeof STATUSES)[number];
export const WAITINGS = ["person", "task", "message", "timer"] as const;
export type Waiting = (typeof WAITINGS)[number];
export const ORDERS = ["newest", "oldest", "deadline"] as const;
export type Order = (typeof ORDERS)[number];
/** Hours ahead that people ask about. */
export const DUES = [4, 24, 72] as const;

/** What the list shows, as it stands in the address: only what is not as usual. Whoever gets the address sees the same. */
export interface CaseSearch {
  /** Several, with commas. */
  status?: string;
  process?: string;
  step?: string;
  stage?: string;
  words?: string;
  waiting?: Waiting;
  /** `me`, or a user's id. */
  owner?: string;
  overdue?: boolean;
  /** Due within so many hours. */
  due?: number;
  /** Days: started on the first or later, and before the day behind the second. */
  from?: string;
  to?: string;
  order?: Order;
  /** An operation that is being watched. */
  operation?: string;
}

export type CaseQuery = NonNullable<operations["list_cases_cases_get"]["parameters"]["query"]>;

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const ID = /^[0-9a-f-]{36}$/;
const one = <T extends string>(known: readonly T[], value: unknown): T | undefined => known.find((name) => name === value);
const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? String(value).slice(0, 200) || undefined : undefined;

export function statusesOf(search: CaseSearch): Status[] {
  return (search.status ?? "").split(",").flatMap((name) => one(STATUSES, name) ?? []);
}

/** The filter of an address; what nobody could have chosen is left out. */
export function searchOf(raw: Record<string, unknown>): CaseSearch {
  const status = statusesOf({ status: text(raw.status) }).join(",") || undefined;
  const due = DUES.find((hours) => hours === Number(raw.due));
  const found: CaseSearch = {
    status,
    process: text(raw.process),
    step: text(raw.step),
    stage: text(raw.stage),
    words: text(raw.words),
    waiting: one(WAITINGS, raw.waiting),
    owner: text(raw.owner),
    overdue: raw.overdue === true || raw.overdue === "true" || undefined,
    due,
    from: DAY.test(String(raw.from)) ? String(raw.from) : undefined,
    to: DAY.test(String(raw.to)) ? String(raw.to) : undefined,
    order: one(ORDERS, raw.order === "newest" ? undefined : raw.order),
    operation: ID.test(String(raw.operation)) ? String(raw.operation) : undefined,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined)) as CaseSearch;
}

/** The start of a day where the reader is. */
function startOf(day: string, daysLater = 0): string {
  const date = new Date(`${day}T00:00:00`);
  date.setDate(date.getDate() + daysLater);
  return date.toISOString();
}

/** What the server is asked. `now` to the minute: a filter of hours would else be another question every moment. */
export function queryOf(search: CaseSearch, now: Date): CaseQuery {
  const minute = Math.floor(now.getTime() / 60_000) * 60_000;
  const statuses = statusesOf(search);
  const query: CaseQuery = {
    ...(statuses.length > 0 ? { status: statuses } : {}),
    ...(search.process ? { process: search.process } : {}),
    ...(search.step ? { step: search.step } : {}),
    ...(search.stage ? { stage: search.stage } : {}),
    ...(search.words ? { words: search.words } : {}),
    ...(search.waiting ? { waiting: search.waiting } : {}),
    ...(search.owner ? { owner: search.owner } : {}),
    ...(search.overdue ? { overdue: true } : {}),
    ...(search.due ? { due_before: new Date(minute + search.due * 3_600_000).toISOString() } : {}),
    ...(search.from ? { started_from: startOf(search.from) } : {}),
    ...(search.to ? { started_before: startOf(search.to, 1) } : {}),
    ...(search.order ? { order: search.order } : {}),
  };
  return query;
}

/** Whether anything is looked for: the order and what is watched are no filter. */
export function isFiltered(search: CaseSearch): boolean {
  return Object.keys(search).some((name) => name !== "order" && name !== "operation");
}

/** How a value of the API is laid out: what stands on one line, and which lists are tables. */

export interface FactLike {
  value: unknown;
  confidence?: number | string;
  source: { kind?: string; reader?: string; page?: number };
}

const COLUMNS_AT_MOST = 10;
const CELL_AT_MOST = 60;
const TEXTS_AT_MOST = 8;
const NUMBER = /^-?\d+(\.\d+)?$/;

export type Named = Readonly<Record<string, unknown>>;

export const isFact = (value: unknown): value is FactLike => isNamed(value) && "value" in value && "source" in value;

export function isNamed(value: unknown): value is Named {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the trail says of a value that stands in the same entry already: where. */
export const isSameAs = (value: unknown): value is { same_as: string } => isNamed(value) && Object.keys(value).length === 1 && typeof value.same_as === "string";

/** What a fact says, and any other value itself. */
export const said = (value: unknown): unknown => (isFact(value) ? value.value : value);

const isShort = (value: unknown): boolean => String(said(value)).length <= CELL_AT_MOST;

/** Whether the value stands beside its name, as one text or a few short ones; all else stands under it. */
export function isFlat(value: unknown): boolean {
  const content = said(value);
  if (Array.isArray(content)) return content.length <= TEXTS_AT_MOST && content.every((one) => typeof one !== "object" && isShort(one));
  return !isNamed(content) || present(content).length === 0 || isSameAs(content);
}

/** The entries that say anything. */
export function present(value: Named): [string, unknown][] {
  return Object.entries(value).filter(([, one]) => one !== null);
}

/** Names that lead to one thing only are one name: what is in `data.order.lines` needs no room for three. */
export function joined(name: string, value: unknown): [string[], unknown] {
  const inside = isNamed(value) && !isFact(value) && !isFlat(value) ? present(value) : [];
  const [only] = inside;
  if (only === undefined || inside.length > 1) return [[name], value];
  const [names, end] = joined(...only);
  return [[name, ...names], end];
}

export interface Column {
  name: string;
  numeric: boolean;
}

/** The columns of a list of things that are alike and short, as lines of an invoice are; null where it is no table. */
export function columnsOf(list: readonly unknown[]): Column[] | null {
  if (!list.every((one) => isNamed(one) && !isFact(one))) return null;
  const filled = (list as readonly Named[]).flatMap(present);
  const names = [...new Set(filled.map(([name]) => name))];
  if (names.length < 2 || names.length > COLUMNS_AT_MOST) return null;
  if (!filled.every(([, one]) => isFlat(one) && isShort(one))) return null;
  const numeric = (name: string) => filled.every(([of, one]) => of !== name || NUMBER.test(String(said(one))));
  return names.map((name) => ({ name, numeric: numeric(name) }));
}

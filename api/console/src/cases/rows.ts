import type { Schemas } from "../api/client";

export type CaseRow = Schemas["CaseRow"];

export interface ShownCase extends CaseRow {
  /** Something happened to it since it was read, and it is not known how it stands now. */
  changed: boolean;
}

/**
 * The rows as they were read, with what is known of them now: nothing moves under the hand. `peek` is the first page as
 * it is now, `happened` are cases of which something was heard since. What came in waits in `fresh`.
 */
export function merged(
  read: readonly CaseRow[],
  peek: readonly CaseRow[] | undefined,
  happened: ReadonlySet<string>,
): { rows: ShownCase[]; fresh: number; changed: number } {
  const now = new Map(peek?.map((row) => [row.id, row]));
  const known = new Set(read.map((row) => row.id));
  const rows = read.map((row) => {
    const present = now.get(row.id);
    return { ...(present ?? row), changed: present === undefined && happened.has(row.id) };
  });
  return {
    rows,
    fresh: peek?.filter((row) => !known.has(row.id)).length ?? 0,
    changed: rows.filter((row) => row.changed).length,
  };
}

import { describe, expect, it } from "vitest";
import { merged, type CaseRow } from "./rows";

const row = (id: string, title = id): CaseRow => ({ id, title }) as CaseRow;

describe("merged", () => {
  it("shows what was read until something newer is known", () => {
    expect(merged([row("a")], undefined, new Set())).toEqual({ rows: [{ ...row("a"), changed: false }], fresh: 0, changed: 0 });
  });
  it("keeps what came in behind the pill, and changes what it knows in place", () => {
    const found = merged([row("a"), row("b")], [row("new"), row("b", "another title")], new Set(["b"]));
    expect(found.rows.map((one) => one.title)).toEqual(["a", "another title"]);
    expect([found.fresh, found.changed]).toEqual([1, 0]);
  });
  it("marks what has moved and is not on the first page", () => {
    const found = merged([row("a"), row("b")], [row("a")], new Set(["a", "b", "c"]));
    expect(found.rows.map((one) => one.changed)).toEqual([false, true]);
    expect(found.changed).toBe(1);
  });
});

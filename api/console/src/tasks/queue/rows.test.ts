import { describe, expect, it } from "vitest";
import { merged, type TaskSummary } from "./rows";

const task = (id: string, deadline: string, title = id): TaskSummary =>
  ({ id, deadline_at: deadline, title }) as TaskSummary;

const A = task("a", "2026-01-01");
const B = task("b", "2026-01-02");
const C = task("c", "2026-01-03");

describe("merged", () => {
  it("shows what was read until something newer is known", () => {
    expect(merged([A, B], undefined, false)).toEqual({
      rows: [
        { task: A, gone: false },
        { task: B, gone: false },
      ],
      fresh: [],
    });
  });

  it("keeps what came in behind the pill, and changes what it knows in place", () => {
    const renamed = task("a", "2026-01-01", "another title");
    const found = merged([A, C], [renamed, B, C], true);
    expect(found.rows.map((row) => row.task.title)).toEqual(["another title", "c"]);
    expect(found.fresh).toEqual(["b"]);
  });

  it("greys what has left, and leaves alone what stands behind the page that was looked at", () => {
    const found = merged([A, B, C], [B], false);
    expect(found.rows.map((row) => row.gone)).toEqual([true, false, false]);
    expect(merged([A, B, C], [B], true).rows.map((row) => row.gone)).toEqual([true, false, true]);
  });

  it("greys everything once nothing is left", () => {
    expect(merged([A], [], true).rows[0]?.gone).toBe(true);
  });
});

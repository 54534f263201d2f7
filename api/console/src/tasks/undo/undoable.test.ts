import { describe, expect, it } from "vitest";
import { stillUndoable, undoables, type Undoable } from "./undoable";

const NOW = new Date("2026-06-01T12:00:00Z");
const approval = (task: string, until: string, by = "dario"): Undoable => ({ task, title: task, until, by });
const OPEN = approval("open", "2026-06-01T12:00:05Z");

describe("what may still be undone", () => {
  it("is open until the very instant at which its window ends", () => {
    expect(stillUndoable([OPEN, approval("over", "2026-06-01T12:00:00Z")], NOW, "dario")).toEqual([OPEN]);
  });

  it("is offered to nobody else, and not where it is looked at already", () => {
    expect(stillUndoable([OPEN], NOW, "mara")).toEqual([]);
    expect(stillUndoable([OPEN], NOW, "dario", "open")).toEqual([]);
  });

  it("is known once a task, the newest first, until it is dropped", () => {
    const later = new Date(Date.now() + 60_000).toISOString();
    for (const task of ["one", "two", "one"]) undoables.add(approval(task, later));
    expect(undoables.get().map((one) => one.task)).toEqual(["one", "two"]);
    undoables.drop("one");
    expect(undoables.get().map((one) => one.task)).toEqual(["two"]);
  });
});

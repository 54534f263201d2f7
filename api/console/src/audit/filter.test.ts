import { describe, expect, it } from "vitest";
import { filterOf, searchOf, span } from "./filter";

const CASE = "0d9f5a3c-1b2e-4f60-a7b8-c9d0e1f2a3b4";

describe("a search of the trail in the address", () => {
  it("keeps what the server takes and leaves out the rest", () => {
    expect(searchOf({ kind: "task.answered", by: " clara ", case: CASE, words: 12, from: "2026-11-01", to: "yesterday" })).toEqual({
      kind: "task.answered",
      by: "clara",
      case: CASE,
      words: "12",
      from: "2026-11-01",
    });
    expect(searchOf({ kind: "Task!", case: "x", words: "", by: {} })).toEqual({});
  });
  it("has every field", () => {
    expect(filterOf({ kind: "task" })).toEqual({ kind: "task", by: "", case: "", words: "", from: "", to: "" });
  });
});

describe("days as instants", () => {
  it("hold the last day whole", () => {
    const { from, to } = span({ from: "2026-11-01", to: "2026-11-01" });
    expect(new Date(to ?? "").getTime() - new Date(from ?? "").getTime()).toBe(24 * 3600 * 1000);
  });
  it("are open where no day is given", () => {
    expect(span({ from: "", to: "" })).toEqual({});
  });
});

import { describe, expect, it } from "vitest";
import { alikeOf, isUnderWay, partsOf } from "./progress";

const NONE = { done: 0, failed: 0, moving: 0, left: 0, waiting: 0, total: 0 };

describe("an operation's bar", () => {
  it("has a part for each state that some item is in", () => {
    expect(partsOf({ ...NONE, done: 3, waiting: 9, total: 12 })).toEqual([
      { name: "done", count: 3, share: 25 },
      { name: "waiting", count: 9, share: 75 },
    ]);
  });
  it("is empty where nothing was meant", () => {
    expect(partsOf(NONE)).toEqual([]);
  });
  it("is looked at until the last item that was ordered has come to an end", () => {
    expect(isUnderWay({ status: "cancelled", moving: 1 })).toBe(true);
    expect(isUnderWay({ status: "done", moving: 0 })).toBe(false);
  });
});

describe("an operation's failures", () => {
  it("stand together by what went wrong, the most frequent first", () => {
    const closed = { code: "year_closed", message: "the fiscal year is closed" };
    expect(alikeOf([{ case: "a", code: "gone", message: "" }, { case: "b", ...closed }, { case: "c", ...closed }])).toEqual([
      { text: "the fiscal year is closed (year_closed)", cases: ["b", "c"] },
      { text: "gone", cases: ["a"] },
    ]);
  });
});

import { describe, expect, it } from "vitest";
import type { Day } from "./queries";
import { searchOf } from "./search";
import { beginning, shares, whole } from "./series";

const day = (text: string, ended: number, straight: number): Day => ({
  day: text,
  started: 0,
  ended,
  done: ended,
  straight,
  reworked: 0,
  answers: 0,
  incidents: 0,
  cost_micros: 0,
  took_seconds: 0,
});

describe("shares", () => {
  it("are of the cases that ended that day, and none where none did", () => {
    const days = [day("2026-03-01", 4, 1), day("2026-03-02", 0, 0)];
    expect(shares(days, (one) => one.straight)).toEqual([
      { day: "2026-03-01", share: 0.25 },
      { day: "2026-03-02", share: null },
    ]);
    expect(whole(days, (one) => one.ended)).toBe(4);
  });
});

describe("a day", () => {
  it("begins in UTC, wherever the reader is", () => {
    expect(beginning("1970-01-02")).toBe(86_400);
  });
});

describe("the address", () => {
  it("keeps a version that is a whole number, also 0", () => {
    expect(searchOf({ process: "p2p", version: "0", days: 7 })).toEqual({ process: "p2p", version: 0, days: 7 });
    expect(searchOf({ version: "", days: 31, process: "a b" })).toEqual({});
    expect(searchOf({ version: 1.5 })).toEqual({});
  });
});

import { describe, expect, it } from "vitest";
import { searchOf } from "./filter";
import { buckets, horizon, isRisky } from "./timeline";

const NOW = new Date(2026, 2, 2, 13, 40);
const at = (hour: number, minute = 0, day = 2) => new Date(2026, 2, day, hour, minute).toISOString();

describe("the timeline", () => {
  it("begins with the bucket of now, and counts what is risky apart", () => {
    const found = buckets([{ dueAt: at(13, 50), risky: true }, { dueAt: at(14), risky: false }, { dueAt: at(14, 59), risky: false }], NOW, 1);
    expect(found).toHaveLength(24);
    expect(found[0]).toMatchObject({ risky: 1, calm: 0 });
    expect(found[1]).toMatchObject({ risky: 0, calm: 2 });
  });
  it("leaves out what is over and what lies behind the last bucket", () => {
    const found = buckets([{ dueAt: at(11), risky: false }, { dueAt: at(13, 0, 9), risky: false }], NOW, 3);
    expect(found.every((bucket) => bucket.calm + bucket.risky === 0)).toBe(true);
  });
  it("reaches as many days as are asked for", () => {
    expect(horizon(NOW, 7).getTime() - NOW.getTime()).toBe(7 * 86_400_000);
    expect(buckets([], NOW, 7)).toHaveLength(28);
  });
});

describe("risk", () => {
  it("is of a clock that has used its share of time, or that a forecast finds likely to be late", () => {
    expect(isRisky({ clock: { at_risk_since: at(9) }, probability: null })).toBe(true);
    expect(isRisky({ clock: { at_risk_since: null }, probability: 0.5 })).toBe(true);
    expect(isRisky({ clock: { at_risk_since: null }, probability: 0.49 })).toBe(false);
  });
});

describe("the address", () => {
  it("keeps only what can be chosen", () => {
    expect(searchOf({ view: "breached", days: "7" })).toEqual({ view: "breached", days: 7 });
    expect(searchOf({ view: "due", days: 2 })).toEqual({});
  });
});

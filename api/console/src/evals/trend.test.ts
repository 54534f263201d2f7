import { describe, expect, it } from "vitest";
import { trend } from "./trend";

describe("a figure beside an earlier one", () => {
  it("is better or worse by what is better for it", () => {
    expect(trend({ value: 0.9, better: "higher" }, 0.8)).toBe("better");
    expect(trend({ value: 0.9, better: "lower" }, 0.8)).toBe("worse");
  });
  it("is the same where only rounding differs, and new without an earlier one", () => {
    expect(trend({ value: 0.1 + 0.2, better: "higher" }, 0.3)).toBe("same");
    expect(trend({ value: 0.3, better: "higher" }, null)).toBe("new");
    expect(trend({ value: null, better: "higher" }, 0.3)).toBe("new");
  });
});

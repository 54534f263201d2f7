import { describe, expect, it } from "vitest";
import { wordDifference } from "./difference";

describe("what was expected beside what came", () => {
  it("shows the words that only one of the two has", () => {
    expect(wordDifference("invoice, then allow", "invoice, then review")).toEqual({
      expected: [
        { text: "invoice, then ", same: true },
        { text: "allow", same: false },
      ],
      got: [
        { text: "invoice, then ", same: true },
        { text: "review", same: false },
      ],
    });
  });

  it("takes an amount or a name as one word, and says nothing of what is alike", () => {
    expect(wordDifference("12.50", "12.05").got).toEqual([{ text: "12.05", same: false }]);
    expect(wordDifference("a b", "a b").expected).toEqual([{ text: "a b", same: true }]);
    expect(wordDifference("", "x")).toEqual({ expected: [], got: [{ text: "x", same: false }] });
  });

  it("compares very long texts as a whole", () => {
    const long = "word ".repeat(300);
    expect(wordDifference(long, `${long}!`).got).toEqual([{ text: `${long}!`, same: false }]);
  });
});

import { describe, expect, it } from "vitest";
import { changes } from "./changes";

const shown = (before: string, after: string) => changes(before, after).map(({ kind, text }) => `${{ same: " ", old: "-", new: "+", gap: "…" }[kind]}${text}`);

describe("what is different between two texts", () => {
  it("is nothing between two that are alike", () => {
    expect(changes("a\nb", "a\nb")).toEqual([]);
  });
  it("is shown with the lines around it, and what is alike is left out", () => {
    const before = "1\n2\n3\n4\n5\n6\n7\n8\n9";
    expect(shown(before, before.replace("5", "five"))).toEqual(["…", " 3", " 4", "-5", "+five", " 6", " 7", "…"]);
  });
  it("finds lines that were added, taken away, and both apart from each other", () => {
    expect(shown("a\nb", "a\nx\nb")).toEqual([" a", "+x", " b"]);
    expect(shown("a\nx\nb", "a\nb")).toEqual([" a", "-x", " b"]);
    expect(shown("a\nb\nc\nd\ne\nf\ng\nh", "A\nb\nc\nd\ne\nf\ng\nH")).toEqual(["-a", "+A", " b", " c", "…", " f", " g", "-h", "+H"]);
  });
  it("says nothing wrong of a text that repeats itself", () => {
    expect(shown("a\na", "a\na\na").filter((line) => line.startsWith("+"))).toEqual(["+a"]);
  });
});

import { describe, expect, it } from "vitest";
import { changesOf } from "./changes";

describe("what saving would change", () => {
  it("names who comes and who goes, and nothing that stays", () => {
    expect(changesOf(["eva", "max"], ["max", "zoe"])).toEqual([
      { kind: "added", what: "zoe" },
      { kind: "removed", what: "eva" },
    ]);
    expect(changesOf(["eva"], ["eva"])).toEqual([]);
  });
});

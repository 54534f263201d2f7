import { describe, expect, it } from "vitest";
import { isWhose, searchOf } from "./filter";

describe("the address of approvals", () => {
  it("keeps only parts there are, and leaves out the first", () => {
    expect(searchOf({ part: "team" })).toEqual({ part: "team" });
    expect(searchOf({ part: "mine" })).toEqual({});
    expect(searchOf({ part: "secrets" })).toEqual({});
  });
  it("tells lists of approvals from what stands beside them", () => {
    expect(["mine", "limits", "stand-ins"].map((part) => isWhose(part as "mine"))).toEqual([true, false, false]);
  });
});

import { describe, expect, it } from "vitest";
import { groupSearchOf } from "./filter";

describe("the address of a group", () => {
  it("keeps what it knows and drops the rest", () => {
    expect(groupSearchOf({ status: "open", incident: "x", other: 1 })).toEqual({});
    const incident = "00000000-0000-4000-8000-000000000000";
    expect(groupSearchOf({ status: "all", incident })).toEqual({ status: "all", incident });
  });
});

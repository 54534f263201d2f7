import { describe, expect, it } from "vitest";
import { caseSearchOf } from "./tabs";

describe("caseSearchOf", () => {
  it("keeps a tab and two places", () => {
    expect(caseSearchOf({ look: "data", at: "3", since: 0 })).toEqual({ look: "data", at: 3, since: 0 });
  });
  it("leaves out what nobody could have chosen", () => {
    expect(caseSearchOf({ look: "secrets", at: -1, since: "x" })).toEqual({});
    expect(caseSearchOf({ look: "path", at: "" })).toEqual({});
  });
});

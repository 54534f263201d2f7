import { describe, expect, it } from "vitest";
import { permittedTabs, searchOf } from "./search";

describe("the address of the administration", () => {
  it("keeps what somebody could have chosen, and nothing else", () => {
    expect(searchOf({ part: "roles", open: "admin", words: 12, revoked: "true" })).toEqual({
      part: "roles",
      open: "admin",
      words: "12",
      revoked: true,
    });
    expect(searchOf({ part: "secrets", open: "", words: ["x"], revoked: "maybe" })).toEqual({});
  });

  it("offers only the tabs that the server would show", () => {
    expect(permittedTabs(["people.read", "case.read"])).toEqual(["roles", "teams", "systems"]);
    expect(permittedTabs([])).toEqual([]);
  });
});

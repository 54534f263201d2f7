import { describe, expect, it } from "vitest";
import { filterOf, searchOf } from "./filter";

describe("searchOf", () => {
  it("keeps what somebody could have chosen", () => {
    expect(searchOf({ tab: "team", words: "R-41 Nordwind", overdue: true })).toEqual({
      tab: "team",
      words: "R-41 Nordwind",
      overdue: true,
    });
  });
  it("takes a number for words, and cuts what is too long for the API", () => {
    expect(searchOf({ words: 4711 })).toEqual({ words: "4711" });
    expect(searchOf({ words: "x".repeat(300) }).words).toHaveLength(200);
  });
  it("leaves out what nobody could have chosen", () => {
    expect(searchOf({ tab: "everything", words: ["a"], overdue: "perhaps", more: 1 })).toEqual({});
  });
});

describe("filterOf", () => {
  it("is one's own tasks where nothing is chosen", () => {
    expect(filterOf({})).toEqual({ tab: "mine", words: "", overdue: false });
  });
});

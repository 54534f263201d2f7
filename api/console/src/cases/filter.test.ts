import { describe, expect, it } from "vitest";
import { isFiltered, queryOf, searchOf, statusesOf } from "./filter";

describe("searchOf", () => {
  it("keeps what somebody could have chosen", () => {
    const chosen = { status: "incident,waiting", process: "p2p", words: "R-41", waiting: "person", overdue: true, due: 24, order: "deadline" };
    expect(searchOf(chosen)).toEqual(chosen);
  });
  it("takes a number for words, and cuts what is too long for the API", () => {
    expect(searchOf({ words: 4711 })).toEqual({ words: "4711" });
    expect(searchOf({ words: "x".repeat(300) }).words).toHaveLength(200);
  });
  it("leaves out what nobody could have chosen", () => {
    const odd = { status: "gone,incident", waiting: "x", due: 5, from: "yesterday", order: "newest", operation: "1", overdue: "no", more: 1 };
    expect(searchOf(odd)).toEqual({ status: "incident" });
    expect(statusesOf({ status: "done,,nothing" })).toEqual(["done"]);
  });
});

describe("queryOf", () => {
  const now = new Date("2026-03-02T12:00:31Z");
  it("asks for nothing where nothing is chosen", () => {
    expect(queryOf({ operation: "0" }, now)).toEqual({});
  });
  it("counts hours from the full minute, so that the question stays the same for a while", () => {
    expect(queryOf({ due: 4 }, now).due_before).toBe("2026-03-02T16:00:00.000Z");
  });
  it("takes whole days of the reader: the last one too", () => {
    const { started_from: from, started_before: before } = queryOf({ from: "2026-03-01", to: "2026-03-01" }, now);
    expect(Date.parse(before ?? "") - Date.parse(from ?? "")).toBe(24 * 3_600_000);
  });
});

describe("isFiltered", () => {
  it("is so only where something is looked for", () => {
    expect(isFiltered({ order: "oldest", operation: "x" })).toBe(false);
    expect(isFiltered({ overdue: true })).toBe(true);
  });
});

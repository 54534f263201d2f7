import { describe, expect, it } from "vitest";
import { keepVisit, readVisit, seenUntil, startOfDay, type Kept } from "./visit";

function memory(start: Record<string, string> = {}) {
  const kept = new Map(Object.entries(start));
  return { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, value: string) => void kept.set(name, value) };
}

const VISIT: Kept = { before: { seq: 12, at: "2026-03-01T17:00:00Z" }, last: { seq: 41, at: "2026-03-02T08:00:00Z" } };

describe("a visit", () => {
  it("is kept for each person by themselves", () => {
    const store = memory();
    keepVisit(store, "dario", VISIT);
    expect(readVisit(store, "dario")).toEqual(VISIT);
    expect(readVisit(store, "clara")).toBeNull();
  });
  it("is a first one where what is kept cannot be read", () => {
    for (const broken of ["", "{", "7", '{"last":{"seq":"1","at":"x"}}', '{"last":{"seq":1.5,"at":"x"}}']) {
      expect(readVisit(memory({ "interlock.visit.dario": broken }), "dario")).toBeNull();
    }
  });
  it("goes on for half an hour, and after that what was seen then is where news begins", () => {
    expect(seenUntil(VISIT, new Date("2026-03-02T08:29:59Z"))).toEqual(VISIT.before);
    expect(seenUntil(VISIT, new Date("2026-03-02T08:30:00Z"))).toEqual(VISIT.last);
    expect(seenUntil(null, new Date("2026-03-02T08:30:00Z"))).toBeNull();
  });
});

describe("the day", () => {
  it("begins at midnight of whoever looks", () => {
    expect(startOfDay(new Date(2026, 2, 2, 13, 40)).getTime()).toBe(new Date(2026, 2, 2).getTime());
  });
});

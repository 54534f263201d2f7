import { describe, expect, it } from "vitest";
import { columnsOf, isFlat, isSameAs, joined, present } from "./values";

const FACT = { value: "1850.00", confidence: 1, source: { kind: "document" } };

describe("isFlat", () => {
  it("is true of a text, a number, a fact of either, and of what has nothing in it", () => {
    expect([FACT, "text", 3, false, null, [], {}, { a: null }].every(isFlat)).toBe(true);
  });
  it("is false of what has parts, as a fact or not", () => {
    expect([{ a: 1 }, [{ a: 1 }], [FACT], [null], { ...FACT, value: { a: 1 } }].some(isFlat)).toBe(false);
  });
  it("is true of eight short texts, and not of nine, nor of a long one", () => {
    expect(isFlat(Array.from({ length: 8 }, () => "x".repeat(60)))).toBe(true);
    expect(isFlat(Array.from({ length: 9 }, () => "x"))).toBe(false);
    expect(isFlat(["x".repeat(61)])).toBe(false);
  });
});

describe("present", () => {
  it("leaves out what is null, and keeps what is empty, false or zero", () => {
    expect(present({ a: null, b: "", c: false, d: 0 }).map(([name]) => name)).toEqual(["b", "c", "d"]);
  });
});

describe("joined", () => {
  it("is all names down to where there are two, or nothing more", () => {
    expect(joined("data", { order: { lines: [1], note: null } })).toEqual([["data", "order", "lines"], [1]]);
    expect(joined("data", { order: { a: 1, b: 2 } })).toEqual([["data", "order"], { a: 1, b: 2 }]);
    expect(joined("visits", { match: 1 })).toEqual([["visits", "match"], 1]);
  });
  it("leaves what a fact says, and what is empty, under its name", () => {
    const parts = { ...FACT, value: { net: "1850.00" } };
    expect(joined("total", parts)).toEqual([["total"], parts]);
    expect(joined("total", FACT)).toEqual([["total"], FACT]);
    expect(joined("data", {})).toEqual([["data"], {}]);
  });
  it("leaves where a value stands already under its name", () => {
    const there = { same_as: "update.data.order" };
    expect(joined("result", there)).toEqual([["result"], there]);
    expect([isFlat(there), isSameAs(there), isSameAs({ same_as: "a", b: 1 }), isSameAs({ same_as: 1 })]).toEqual([true, true, false, false]);
  });
});

describe("columnsOf", () => {
  it("finds the columns of things that are alike, and which are numbers", () => {
    expect(columnsOf([{ text: "Gloves", amount: FACT, note: null }, { text: "0012-A", amount: "-3", count: 2 }])).toEqual([
      { name: "text", numeric: false },
      { name: "amount", numeric: true },
      { name: "count", numeric: true },
    ]);
  });
  it("is null for what is one column, and for texts and facts alone", () => {
    expect(columnsOf([{ text: "Gloves" }])).toBeNull();
    expect(columnsOf(["a", "b"])).toBeNull();
    expect(columnsOf([FACT])).toBeNull();
  });
  it("is null for what has parts", () => {
    expect(columnsOf([{ text: "Gloves", box: { page: 1 } }])).toBeNull();
    expect(columnsOf([{ text: "Gloves", box: [61, 395.2, 534, 405.8] }])).not.toBeNull();
  });
  it("takes ten columns, and no eleventh", () => {
    const row = (columns: number) => Object.fromEntries(Array.from({ length: columns }, (_, at) => [`c${at}`, at]));
    expect(columnsOf([row(10)])).toHaveLength(10);
    expect(columnsOf([row(11)])).toBeNull();
  });
  it("takes cells of sixty characters, and none of sixty-one", () => {
    expect(columnsOf([{ a: "x".repeat(60), b: 1 }])).not.toBeNull();
    expect(columnsOf([{ a: "x".repeat(61), b: 1 }])).toBeNull();
  });
});

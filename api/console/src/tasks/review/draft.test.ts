import { describe, expect, it } from "vitest";
import { boxesOn, editsOf, placeOf, type Hint } from "./draft";

const hint = (name: string, present: unknown, source: unknown = null): Hint => ({ name, present, source }) as Hint;
const A4 = { sha256: "d", page: 1, width: 600, height: 800 };

describe("editsOf", () => {
  it("sends only what differs from what is there", () => {
    const fields = [hint("total", "12.00"), hint("due", null), hint("number", "R-1")];
    expect(editsOf(fields, { total: " 12.00 ", due: "", number: "R-2" })).toEqual({ number: "R-2" });
  });
  it("sends that a value was emptied", () => {
    expect(editsOf([hint("order", "4711")], { order: "" })).toEqual({ order: "" });
  });
});

describe("placeOf", () => {
  it("reads a box whose fractions came as text", () => {
    expect(placeOf({ kind: "document", ref: "d", page: 2, box: ["1.5", 2, "3", 4] })).toEqual({
      sha256: "d",
      page: 2,
      box: [1.5, 2, 3, 4],
    });
  });
  it("knows no place of what was read elsewhere, or of a box that is none", () => {
    expect(placeOf({ kind: "system_of_record", ref: "erp", box: [1, 2, 3, 4] })).toBeNull();
    expect(placeOf({ kind: "document", ref: "d", box: [1, 2, 3] })).toBeNull();
    expect(placeOf({ kind: "document", ref: "d", box: ["a", 2, 3, 4] })).toBeNull();
    expect(placeOf(null)).toBeNull();
  });
});

describe("boxesOn", () => {
  it("gives shares of the page, and only of this page of this document", () => {
    const here = hint("total", "1", { kind: "document", ref: "d", page: 1, box: [60, 80, 120, 88] });
    const elsewhere = hint("due", "1", { kind: "document", ref: "d", page: 2, box: [0, 0, 1, 1] });
    const [box, ...more] = boxesOn([here, elsewhere], A4);
    expect(more).toEqual([]);
    expect(box?.left).toBeCloseTo(0.096);
    expect(box?.width).toBeCloseTo(0.108);
    expect(box?.top).toBeCloseTo(0.096);
  });
});

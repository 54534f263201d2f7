import { describe, expect, it } from "vitest";
import { ownFrom, typedOf } from "./parameters";

const parameter = (name: string, type: string) => ({ name, type, description: "", value: "", raw: 0, own: null });
const PARAMETERS = [parameter("limit", "money"), parameter("on", "bool"), parameter("day", "date"), parameter("currency", "str")];

describe("own values of thresholds", () => {
  it("are what the API takes, and nothing where nothing was typed", () => {
    expect(ownFrom(PARAMETERS, { limit: " 250000 ", on: "true", day: "2026-01-31", currency: "EUR" })).toEqual({
      values: { limit: 250000, on: true, day: "2026-01-31", currency: "EUR" },
      wrong: {},
    });
    expect(ownFrom(PARAMETERS, { limit: "  " })).toEqual({ values: {}, wrong: {} });
  });
  it("are refused by name where they have not their type", () => {
    expect(ownFrom(PARAMETERS, { limit: "2,500.00", on: "yes", day: "31.1.2026" }).wrong).toEqual({ limit: "int", on: "bool", day: "date" });
    expect(ownFrom(PARAMETERS, { limit: "9007199254740993" }).wrong).toEqual({ limit: "int" });
  });
  it("come back as they were typed", () => {
    expect(typedOf({ limit: 0, on: false })).toEqual({ limit: "0", on: "false" });
  });
});

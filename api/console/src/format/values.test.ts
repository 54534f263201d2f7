import { describe, expect, it } from "vitest";
import { money, plain, words } from "./values";

const TEXTS = { yes: "yes", no: "no", none: "none" };

describe("money", () => {
  it("keeps every digit of an amount beyond what a float holds", () => {
    expect(money(900719925474099312n, "EUR", "en")).toBe("€9,007,199,254,740,993.12");
  });
  it("has as many places as the currency", () => {
    expect(money(1200, "JPY", "en")).toBe("¥1,200");
    expect(money(-5, "EUR", "en")).toBe("-€0.05");
  });
});

describe("plain", () => {
  it("shows a date as a day, whatever the time zone of the reader", () => {
    expect(plain("2026-01-31", "en", TEXTS)).toBe("Jan 31, 2026");
  });
  it("leaves a text that only looks like a number as it is", () => {
    expect(plain("0012.50", "de", TEXTS)).toBe("0012.50");
  });
  it("says that there is nothing rather than showing nothing", () => {
    expect(plain("", "en", TEXTS)).toBe("none");
    expect(plain(null, "en", TEXTS)).toBe("none");
    expect(plain(0, "en", TEXTS)).toBe("0");
  });
});

describe("words", () => {
  it("makes a name readable", () => {
    expect(words("net_amount")).toBe("Net amount");
  });
  it("writes abbreviations as people do, and no word that only holds one", () => {
    expect(words("supplier_vat_id")).toBe("Supplier VAT ID");
    expect(words("po.idle_since")).toBe("PO idle since");
    expect(words("sha256")).toBe("Sha256");
  });
});

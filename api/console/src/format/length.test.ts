import { describe, expect, it } from "vitest";
import { length, micros } from "./length";

describe("length", () => {
  it("has the largest unit that fits, and a digit behind the point below ten", () => {
    expect(length(59.4, "en")).toBe("59 sec");
    expect(length(60, "en")).toBe("1 min");
    expect(length(3 * 3600 + 1000, "en")).toBe("3.3 hr");
    expect(length(47 * 3600, "en")).toBe("2 days");
    expect(length(40 * 86_400, "en")).toBe("40 days");
  });
  it("is said in milliseconds below a second, and never as nothing at all", () => {
    expect(length(0.25, "en")).toBe("250 ms");
    expect(length(0, "en")).toBe("0 ms");
  });
  it("speaks the reader's language", () => {
    expect(length(9000, "de")).toBe("2,5 Std.");
  });
});

describe("micros", () => {
  it("keeps what is small", () => {
    expect(micros(123, "en")).toBe("0.000123");
    expect(micros(1_500_000, "de")).toBe("1,5");
  });
});

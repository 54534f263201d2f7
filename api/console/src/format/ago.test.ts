import { describe, expect, it } from "vitest";
import { ago } from "./ago";

const NOW = new Date("2026-03-02T12:00:00Z");

describe("ago", () => {
  it("speaks of days, hours and minutes, and of less than a minute as now", () => {
    expect(ago("2026-02-28T11:00:00Z", NOW, "en")).toBe("2 days ago");
    expect(ago("2026-03-02T09:01:00Z", NOW, "en")).toBe("2 hours ago");
    expect(ago("2026-03-02T12:05:00Z", NOW, "de")).toBe("in 5 Minuten");
    expect(ago("2026-03-02T11:59:01Z", NOW, "en")).toBe("now");
  });
});

import { describe, expect, it } from "vitest";
import { countdown, secondsLeft } from "./countdown";

const NOW = new Date("2026-03-02T12:00:00Z");
const at = (text: string) => countdown(new Date(text), NOW);

describe("countdown", () => {
  it("counts minutes below an hour, hours below two days, then days", () => {
    expect(at("2026-03-02T12:59:59Z")).toMatchObject({ amount: 59, unit: "minute" });
    expect(at("2026-03-02T13:00:00Z")).toMatchObject({ amount: 1, unit: "hour" });
    expect(at("2026-03-04T11:59:00Z")).toMatchObject({ amount: 47, unit: "hour" });
    expect(at("2026-03-04T12:00:00Z")).toMatchObject({ amount: 2, unit: "day" });
  });

  it("is overdue from the very instant, and never says zero", () => {
    expect(at("2026-03-02T12:00:00Z")).toEqual({ amount: 1, unit: "minute", urgency: "overdue" });
    expect(at("2026-03-02T09:00:00Z")).toEqual({ amount: 3, unit: "hour", urgency: "overdue" });
  });

  it("is urgent up to four hours before, and of today up to a day", () => {
    expect(at("2026-03-02T16:00:00Z").urgency).toBe("soon");
    expect(at("2026-03-02T16:00:01Z").urgency).toBe("today");
    expect(at("2026-03-03T12:00:01Z").urgency).toBe("later");
  });
});

describe("secondsLeft", () => {
  it("rounds up, so that a window is not shown as over before it is", () => {
    expect(secondsLeft(new Date("2026-03-02T12:00:09.200Z"), NOW)).toBe(10);
    expect(secondsLeft(new Date("2026-03-02T11:00:00Z"), NOW)).toBe(0);
  });
});

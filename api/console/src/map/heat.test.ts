import { describe, expect, it } from "vitest";
import type { StepFigures } from "../analytics/queries";
import type { GraphStep } from "../graph/graph";
import { heatOf, heatTexts, onlyIn } from "./heat";
import { casesAt, searchOf } from "./search";

const figures = (step: string, more: Partial<StepFigures>): StepFigures => ({
  step,
  title: step,
  live: 0,
  oldest_since: null,
  mean_age_seconds: null,
  incidents: 0,
  visits: 0,
  median_seconds: null,
  p90_seconds: null,
  waited_seconds: 0,
  worked_seconds: 0,
  waiting_share: null,
  reworked: 0,
  blocked_seconds: 0,
  ...more,
});
const SAY = { median: (text: string) => `median ${text}`, passed: (count: number) => `${count} passed`, since: (text: string) => `for ${text}` };

describe("heat", () => {
  it("is 1 at the warmest step, and by what is asked for", () => {
    const steps = [figures("a", { blocked_seconds: 10, visits: 4 }), figures("b", { blocked_seconds: 40, visits: 1 })];
    expect(heatOf(steps, "waiting")).toEqual({ a: 0.25, b: 1 });
    expect(heatOf(steps, "frequency")).toEqual({ a: 1, b: 0.25 });
    expect(heatOf([figures("a", {})], "waiting")).toEqual({});
  });
  it("says how long cases are there that nobody has left yet", () => {
    const steps = [figures("a", { median_seconds: 60 }), figures("b", { mean_age_seconds: 7200 }), figures("c", {})];
    expect(heatTexts(steps, "waiting", "en", SAY)).toEqual({ a: "median 1 min", b: "for 2 hr" });
  });
});

describe("two versions", () => {
  it("differ by the steps that only one of them has", () => {
    const step = (name: string) => ({ name }) as GraphStep;
    expect(onlyIn([step("a"), step("b")], [step("b"), step("c")], "new")).toEqual({ a: "new" });
  });
});

describe("the address", () => {
  it("keeps what can be meant, and leaves out what is usual", () => {
    expect(searchOf({ process: "p2p@3", days: "90", heat: "frequency", view: "graph" })).toEqual({ process: "p2p@3", days: 90, heat: "frequency" });
    expect(searchOf({ process: "<b>", days: 30, heat: "waiting", compare: 4 })).toEqual({});
  });
  it("leads to the cases of a step", () => {
    expect(casesAt("p2p@3", "approve it")).toBe("/console/cases?process=p2p&step=approve+it");
  });
});

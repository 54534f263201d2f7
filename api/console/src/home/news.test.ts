import { describe, expect, it } from "vitest";
import { newsOf } from "./news";

describe("news", () => {
  it("tells of what counts most first, and counts the rest", () => {
    expect(newsOf({ "step.ended": 40, "case.started": 3, "incident.opened": 1 })).toEqual({
      lines: [
        { kind: "incident.opened", to: "/incidents", count: 1 },
        { kind: "case.started", to: "/cases", count: 3 },
      ],
      rest: 40,
    });
    expect(newsOf({})).toEqual({ lines: [], rest: 0 });
  });
});

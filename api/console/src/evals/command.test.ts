import { describe, expect, it } from "vitest";
import { commandOf } from "./command";

describe("the command that runs a suite again", () => {
  it("asks as often, and the same model, as the run did", () => {
    expect(commandOf({ suite: "rules", repeat: 1, origin: null })).toBe("interlock evals run rules --against baseline");
    expect(commandOf({ suite: "agents.gl_coding", repeat: 3, origin: "live" })).toBe(
      "interlock evals run agents.gl_coding --against baseline --repeat 3 --live",
    );
  });
});

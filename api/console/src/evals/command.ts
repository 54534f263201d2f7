import type { Run } from "./queries";

/** What somebody types to run the suite of a run again, as it was run. */
export function commandOf(run: Pick<Run, "suite" | "repeat" | "origin">): string {
  const repeat = run.repeat > 1 ? ` --repeat ${run.repeat}` : "";
  const live = run.origin === "live" ? " --live" : "";
  return `interlock evals run ${run.suite} --against baseline${repeat}${live}`;
}

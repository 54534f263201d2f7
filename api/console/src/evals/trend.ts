import type { Figure } from "./queries";

export type Trend = "better" | "worse" | "same" | "new";

/** How a figure stands to an earlier one. A difference that rounding alone could make is none. */
export function trend(figure: Pick<Figure, "value" | "better">, before: number | null): Trend {
  if (figure.value === null || before === null) return "new";
  const gain = figure.better === "higher" ? figure.value - before : before - figure.value;
  if (Math.abs(gain) < 1e-9) return "same";
  return gain > 0 ? "better" : "worse";
}

import type { StepFigures } from "../analytics/queries";
import { length } from "../format/length";
import type { Difference, GraphStep } from "../graph/graph";
import type { Heat } from "./search";

type ByStep<T> = Record<string, T>;

function measureOf(figures: StepFigures, heat: Heat): number {
  return heat === "waiting" ? figures.blocked_seconds : figures.visits;
}

/** How warm each step is, 0 to 1: the warmest is 1, and of the others each as its share of it. */
export function heatOf(steps: readonly StepFigures[], heat: Heat): ByStep<number> {
  const most = Math.max(0, ...steps.map((step) => measureOf(step, heat)));
  if (most === 0) return {};
  return Object.fromEntries(steps.map((step) => [step.step, measureOf(step, heat) / most]));
}

/** What a step's card says of it: how long half of the cases were there, or how many passed. */
export function heatTexts(
  steps: readonly StepFigures[],
  heat: Heat,
  language: string,
  say: { median: (length: string) => string; passed: (count: number) => string; since: (length: string) => string },
): ByStep<string> {
  const found: ByStep<string> = {};
  for (const step of steps) {
    if (heat === "frequency") {
      if (step.visits > 0) found[step.step] = say.passed(step.visits);
    } else if (step.median_seconds !== null) {
      found[step.step] = say.median(length(step.median_seconds, language));
    } else if (step.mean_age_seconds !== null) {
      found[step.step] = say.since(length(step.mean_age_seconds, language));
    }
  }
  return found;
}

/** The steps that one version has and the other has not. */
export function onlyIn(these: readonly GraphStep[], others: readonly GraphStep[], as: Difference): ByStep<Difference> {
  const known = new Set(others.map((step) => step.name));
  return Object.fromEntries(these.filter((step) => !known.has(step.name)).map((step) => [step.name, as]));
}

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";

export interface EvalSearch {
  suite?: string;
}

function searchOf(raw: Record<string, unknown>): EvalSearch {
  const suite = String(raw.suite ?? "");
  return /^[a-z0-9_.]{1,80}$/.test(suite) ? { suite } : {};
}

/** The example of a run that is open. */
export interface RunSearch {
  example?: string;
}

function exampleOf(raw: Record<string, unknown>): RunSearch {
  const example = typeof raw.example === "string" ? raw.example.slice(0, 200) : "";
  return example ? { example } : {};
}

const evals = createRoute({
  getParentRoute: () => shell,
  path: "/evals",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./EvalsPage")),
});
const run = createRoute({
  getParentRoute: () => shell,
  path: "/evals/$runId",
  validateSearch: exampleOf,
  component: lazyRouteComponent(() => import("./RunPage")),
});

export const evalRoutes = [evals, run] as const;

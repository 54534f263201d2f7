import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";

export interface EvalSearch {
  suite?: string;
}

function searchOf(raw: Record<string, unknown>): EvalSearch {
  const suite = String(raw.suite ?? "");
  return /^[a-z0-9_.]{1,80}$/.test(suite) ? { suite } : {};
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
  component: lazyRouteComponent(() => import("./RunPage")),
});

export const evalRoutes = [evals, run] as const;

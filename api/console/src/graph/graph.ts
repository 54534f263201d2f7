/** What a graph of a process is drawn from: the shapes are those of `GET /processes/{reference}/graph`. */
import type { Schemas } from "../api/client";

export type GraphStep = Schemas["GraphStepView"];
export type GraphEdge = Schemas["GraphEdgeView"];
export type Difference = "new" | "gone";

export interface Stop {
  step: string;
  visit: number;
}

export interface ProcessGraphProps {
  /** What the graph is of, for those who hear it. */
  label: string;
  steps: readonly GraphStep[];
  edges: readonly GraphEdge[];
  /** The way a case took, in order. */
  path?: readonly Stop[];
  /** The step at which the case is. */
  present?: string;
  /** Cases at each step now. */
  counts?: Readonly<Record<string, number>>;
  /** 0 to 1; a step that is not named has none. */
  heat?: Readonly<Record<string, number>>;
  /** What the heat says of a step, in words: "median 3 h". */
  heatText?: Readonly<Record<string, string>>;
  /** Open incidents at each step. */
  incidents?: Readonly<Record<string, number>>;
  /** By `edgeId`: which share, 0 to 1, of those who left the step went there. */
  edgeShare?: Readonly<Record<string, number>>;
  /** What sets a step apart from another version's. */
  differences?: Readonly<Record<string, Difference>>;
  onOpen?: (step: string) => void;
  /** At most so high, in pixels. */
  height?: number;
}

export function edgeId(edge: Pick<GraphEdge, "source" | "target">): string {
  return `${edge.source}>${edge.target}`;
}

/** How warm a step is, in five marks: 0 is none at all. */
export function heatLevel(heat: number | undefined): number {
  if (heat === undefined || heat <= 0) return 0;
  return Math.min(5, Math.max(1, Math.ceil(heat * 5)));
}

/** The ways that a path has taken, by `edgeId`. */
export function waysOf(path: readonly Stop[] | undefined): ReadonlySet<string> {
  const found = new Set<string>();
  path?.forEach((stop, place) => {
    const next = path[place + 1];
    if (next) found.add(edgeId({ source: stop.step, target: next.step }));
  });
  return found;
}

/** How often a path has visited each step. */
export function visitsOf(path: readonly Stop[] | undefined): Readonly<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const stop of path ?? []) found[stop.step] = Math.max(found[stop.step] ?? 0, stop.visit, 1);
  return found;
}

/** What is said of a way: nothing where the step has no other. */
export function routesOf(edge: GraphEdge, edges: readonly GraphEdge[]): readonly string[] {
  return edges.some((other) => other.source === edge.source && other.target !== edge.target) ? edge.routes : [];
}

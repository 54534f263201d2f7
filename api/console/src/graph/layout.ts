import { Graph, layout } from "@dagrejs/dagre";
import { edgeId, type GraphEdge, type GraphStep } from "./graph";

export interface Point {
  x: number;
  y: number;
}
export interface PlacedStep {
  step: GraphStep;
  /** Its upper left corner. */
  x: number;
  y: number;
}
export interface PlacedEdge {
  id: string;
  edge: GraphEdge;
  points: readonly Point[];
  label: Point;
}
export interface Placed {
  steps: readonly PlacedStep[];
  edges: readonly PlacedEdge[];
  width: number;
  height: number;
}

export const STEP_WIDTH = 172;
export const STEP_HEIGHT = 58;
const LETTER = 6.2;
const LABEL_HEIGHT = 18;

/**
 * Where each step and each way stands, from top to bottom; the same graph is always placed the same. `labelled` says
 * how many letters stand at a way, so that there is room for them.
 */
export function placed(steps: readonly GraphStep[], edges: readonly GraphEdge[], labelled: (edge: GraphEdge) => number): Placed {
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: "TB", nodesep: 26, ranksep: 34, edgesep: 18, marginx: 14, marginy: 14 });
  const known = new Set(steps.map((step) => step.name));
  for (const step of steps) graph.setNode(step.name, { width: STEP_WIDTH, height: STEP_HEIGHT });
  const drawn = edges.filter((edge) => known.has(edge.source) && known.has(edge.target) && edge.source !== edge.target);
  for (const edge of drawn) {
    const letters = labelled(edge);
    const size = letters > 0 ? { width: letters * LETTER + 10, height: LABEL_HEIGHT, labelpos: "c" } : {};
    graph.setEdge(edge.source, edge.target, { ...size });
  }
  layout(graph);
  const whole = graph.graph() as { width?: number; height?: number };
  return {
    steps: steps.map((step) => {
      const node = graph.node(step.name) as Point;
      return { step, x: node.x - STEP_WIDTH / 2, y: node.y - STEP_HEIGHT / 2 };
    }),
    edges: drawn.map((edge) => {
      const found = graph.edge(edge.source, edge.target) as { points: Point[] } & Partial<Point>;
      const middle = found.points[Math.floor(found.points.length / 2)] ?? { x: 0, y: 0 };
      return { id: edgeId(edge), edge, points: found.points, label: { x: found.x ?? middle.x, y: found.y ?? middle.y } };
    }),
    width: whole.width ?? 0,
    height: whole.height ?? 0,
  };
}

/** The points as one line with rounded corners, as SVG writes it. */
export function line(points: readonly Point[], radius = 12): string {
  const [first, ...rest] = points;
  if (first === undefined) return "";
  let drawn = `M${first.x},${first.y}`;
  rest.forEach((point, place) => {
    const next = rest[place + 1];
    if (next === undefined) {
      drawn += `L${point.x},${point.y}`;
      return;
    }
    const before = place === 0 ? first : (rest[place - 1] as Point);
    const start = towards(point, before, radius);
    const end = towards(point, next, radius);
    drawn += `L${start.x},${start.y}Q${point.x},${point.y} ${end.x},${end.y}`;
  });
  return drawn;
}

/** The point that lies `distance` from one towards another, at most half way. */
function towards(from: Point, to: Point, distance: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(distance / length, 0.5);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** The steps in the order in which they are read: from top to bottom, then from the left. */
export function readingOrder(found: Placed): readonly string[] {
  return [...found.steps].sort((a, b) => a.y - b.y || a.x - b.x).map((one) => one.step.name);
}

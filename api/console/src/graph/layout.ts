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
  height: number;
  /** Ways that are named on the card instead of drawn: to a step far away, where a line would only cross others. */
  jumps: readonly GraphEdge[];
}
export interface PlacedEdge {
  id: string;
  edge: GraphEdge;
  points: readonly Point[];
  /** Where its text stands; a way between two columns has none, since the card names it. */
  label?: Point;
}
export interface PlacedColumn {
  title: string;
  x: number;
  width: number;
}
export interface Placed {
  steps: readonly PlacedStep[];
  edges: readonly PlacedEdge[];
  columns: readonly PlacedColumn[];
  width: number;
  height: number;
}
export interface Room {
  width: number;
  height: number;
}

export const STEP_WIDTH = 186;
export const STEP_HEIGHT = 52;
export const JUMP_HEIGHT = 16;
const HEAD = 26;
const GUTTER = 56;
const EDGE = 14;
/** To a step with more ways from other columns none of them is drawn: the cards name them. */
const MOST_ACROSS = 2;
const LETTER = 6.2;
const LABEL_HEIGHT = 16;

type Labelled = (edge: GraphEdge) => number;

interface Drawn {
  steps: PlacedStep[];
  edges: PlacedEdge[];
  width: number;
  height: number;
}

/**
 * Where each step and each way stands; the same graph in the same room is always placed the same. Steps of a stage stand
 * together from top to bottom, stages in columns from left to right, as many of them as fill the room best. Within a
 * column ways are drawn; those that lead far back or to another column are named on the card they start from.
 */
export function placed(steps: readonly GraphStep[], edges: readonly GraphEdge[], labelled: Labelled, room: Room): Placed {
  const stages = [...new Set(steps.map((step) => step.stage))];
  const known = new Set(steps.map((step) => step.name));
  const whole = edges.filter((edge) => known.has(edge.source) && known.has(edge.target) && edge.source !== edge.target);
  const drawn = new Map<string, Drawn>();
  const columnOf = (names: readonly string[]): Drawn => {
    const key = names.join("\n");
    const found = drawn.get(key) ?? column(steps, whole, names, labelled);
    drawn.set(key, found);
    return found;
  };
  const sizes = stages.map((stage) => columnOf([stage]).height);
  let best: Placed | undefined;
  let largest = 0;
  for (const most of heights(sizes)) {
    const tried = beside(packed(stages, sizes, most).map((names) => ({ names, drawn: columnOf(names) })), whole);
    const scale = Math.min(room.width / tried.width, room.height / tried.height);
    if (best === undefined || scale > largest + 1e-6) [best, largest] = [tried, scale];
  }
  return best ?? { steps: [], edges: [], columns: [], width: 0, height: 0 };
}

/** The heights that a column could have: those of every run of stages. */
function heights(sizes: readonly number[]): Set<number> {
  const runs = sizes.flatMap((_, from) => sizes.slice(from).map((_size, more) => sizes.slice(from, from + more + 1)));
  return new Set(runs.map((run) => run.reduce((sum, size) => sum + size, 0)));
}

/** Stages in columns that are at most so high; one that is higher has a column of its own. */
function packed(stages: readonly string[], sizes: readonly number[], most: number): string[][] {
  const columns: string[][] = [];
  let filled = Number.POSITIVE_INFINITY;
  stages.forEach((stage, place) => {
    const size = sizes[place] ?? 0;
    if (filled + size > most) {
      columns.push([stage]);
      filled = size;
    } else {
      columns.at(-1)?.push(stage);
      filled += size;
    }
  });
  return columns;
}

function beside(columns: readonly { names: readonly string[]; drawn: Drawn }[], edges: readonly GraphEdge[]): Placed {
  const steps: PlacedStep[] = [];
  const ways: PlacedEdge[] = [];
  const heads: PlacedColumn[] = [];
  const at = new Map<string, { column: number; x: number; y: number; height: number }>();
  let x = EDGE;
  let height = 0;
  columns.forEach(({ names, drawn }, number) => {
    const move = (point: Point): Point => ({ x: point.x + x, y: point.y + HEAD });
    for (const step of drawn.steps) {
      const moved = { ...step, ...move(step) };
      steps.push(moved);
      at.set(step.step.name, { column: number, x: moved.x, y: moved.y, height: step.height });
    }
    for (const edge of drawn.edges) ways.push({ ...edge, points: edge.points.map(move), label: edge.label && move(edge.label) });
    heads.push({ title: names.join(" · "), x, width: drawn.width });
    x += drawn.width + GUTTER;
    height = Math.max(height, drawn.height);
  });
  const across = edges.filter((edge) => (at.get(edge.target)?.column ?? 0) !== (at.get(edge.source)?.column ?? 0));
  for (const edge of across) {
    const [from, to] = [at.get(edge.source), at.get(edge.target)];
    const many = across.filter((other) => other.target === edge.target).length > MOST_ACROSS;
    if (from && to && to.column === from.column + 1 && !many) {
      const turn = (heads[to.column]?.x ?? to.x) - GUTTER / 2;
      const [start, end] = [{ x: from.x + STEP_WIDTH, y: from.y + from.height / 2 }, { x: to.x, y: to.y + to.height / 2 }];
      ways.push({ id: edgeId(edge), edge, points: [start, { x: turn, y: start.y }, { x: turn, y: end.y }, end] });
    }
  }
  return { steps, edges: ways, columns: heads, width: x - GUTTER + EDGE, height: height + HEAD + EDGE };
}

/** Some stages as one column, at the place 0, 0. */
function column(steps: readonly GraphStep[], edges: readonly GraphEdge[], stages: readonly string[], labelled: Labelled): Drawn {
  const members = steps.filter((step) => stages.includes(step.stage));
  const order = new Map(members.map((step, place) => [step.name, place]));
  const pairs = new Set(edges.map(edgeId));
  const isDrawn = (edge: GraphEdge) => {
    const [from, to] = [order.get(edge.source), order.get(edge.target)];
    if (from === undefined || to === undefined) return false;
    return to > from || pairs.has(edgeId({ source: edge.target, target: edge.source }));
  };
  const graph = new Graph({ multigraph: false });
  graph.setGraph({ rankdir: "TB", nodesep: 18, ranksep: 22, edgesep: 10 });
  const jumps = new Map(members.map((step) => [step.name, edges.filter((edge) => edge.source === step.name && !isDrawn(edge))]));
  const heightOf = (name: string) => STEP_HEIGHT + (jumps.get(name)?.length ?? 0) * JUMP_HEIGHT;
  for (const step of members) graph.setNode(step.name, { width: STEP_WIDTH, height: heightOf(step.name) });
  const inside = edges.filter((edge) => order.has(edge.source) && isDrawn(edge));
  for (const edge of inside) {
    const letters = labelled(edge);
    const forward = (order.get(edge.target) ?? 0) > (order.get(edge.source) ?? 0);
    const size = letters > 0 ? { width: letters * LETTER + 10, height: LABEL_HEIGHT, labelpos: "c" } : {};
    graph.setEdge(edge.source, edge.target, { ...size, weight: forward && !edge.routes.includes("review") ? 6 : 1 });
  }
  layout(graph);
  const size = graph.graph() as { width?: number; height?: number };
  return {
    steps: members.map((step) => {
      const node = graph.node(step.name) as Point;
      const height = heightOf(step.name);
      return { step, x: node.x - STEP_WIDTH / 2, y: node.y - height / 2, height, jumps: jumps.get(step.name) ?? [] };
    }),
    edges: inside.map((edge) => {
      const found = graph.edge(edge.source, edge.target) as { points: Point[] } & Partial<Point>;
      const middle = found.points[Math.floor(found.points.length / 2)] ?? { x: 0, y: 0 };
      return { id: edgeId(edge), edge, points: found.points, label: { x: found.x ?? middle.x, y: found.y ?? middle.y } };
    }),
    width: Math.max(STEP_WIDTH, size.width ?? 0),
    height: size.height ?? 0,
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

/** The steps in the order in which they are read: column by column, from top to bottom. */
export function readingOrder(found: Placed): readonly string[] {
  const columnOf = (x: number) => found.columns.findLastIndex((column) => x >= column.x - 1);
  return [...found.steps].sort((a, b) => columnOf(a.x) - columnOf(b.x) || a.y - b.y || a.x - b.x).map((one) => one.step.name);
}

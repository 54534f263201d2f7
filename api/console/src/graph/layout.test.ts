import { describe, expect, it } from "vitest";
import { edgeId, heatLevel, routesOf, visitsOf, waysOf, type GraphEdge, type GraphStep } from "./graph";
import { JUMP_HEIGHT, line, placed, readingOrder, STEP_HEIGHT } from "./layout";

const step = (name: string): GraphStep => ({ name, title: name, kind: "read", stage: "s", ends: false });
const way = (source: string, target: string, ...routes: string[]): GraphEdge => ({ source, target, routes });
const STEPS = ["read", "judge", "ask", "end"].map(step);
const EDGES = [way("read", "judge", "next"), way("judge", "end", "allow"), way("judge", "ask", "review", "deny"), way("ask", "judge", "approve")];

const ROOM = { width: 1000, height: 600 };
const staged = (name: string, stage: string): GraphStep => ({ ...step(name), stage });

describe("placed", () => {
  it("puts every step below the one before it, also where a way leads back", () => {
    const found = placed(STEPS, EDGES, () => 0, ROOM);
    const y = Object.fromEntries(found.steps.map((one) => [one.step.name, one.y]));
    expect(y.judge).toBeGreaterThanOrEqual((y.read ?? 0) + STEP_HEIGHT);
    expect(y.ask).toBeGreaterThanOrEqual((y.judge ?? 0) + STEP_HEIGHT);
    expect(readingOrder(found)[0]).toBe("read");
    expect(found.edges.map((edge) => edge.id)).toEqual(EDGES.map(edgeId));
  });

  it("names a way that leads far back on its card instead of drawing it", () => {
    const far = way("ask", "read", "correct");
    const found = placed(STEPS, [...EDGES, far], () => 0, ROOM);
    const ask = found.steps.find((one) => one.step.name === "ask");
    expect(ask?.jumps).toEqual([far]);
    expect(ask?.height).toBe(STEP_HEIGHT + JUMP_HEIGHT);
    expect(found.edges.map((edge) => edge.id)).not.toContain(edgeId(far));
  });

  it("puts stages side by side where that fills the room better, and loses no way", () => {
    const stages = ["a", "b", "c"];
    const steps = stages.flatMap((stage) => [1, 2, 3, 4].map((number) => staged(`${stage}${number}`, stage)));
    const edges = steps.slice(1).map((one, place) => way(steps[place]?.name ?? "", one.name, "next"));
    const wide = placed(steps, edges, () => 0, { width: 1600, height: 400 });
    const tall = placed(steps, edges, () => 0, { width: 300, height: 3000 });
    expect([wide.columns.length, tall.columns.length]).toEqual([3, 1]);
    expect(wide.columns.map((column) => column.title)).toEqual(stages);
    const said = new Set([...wide.edges.map((edge) => edge.id), ...wide.steps.flatMap((one) => one.jumps.map(edgeId))]);
    expect(said.size).toBe(edges.length);
    expect(readingOrder(wide)).toEqual(steps.map((one) => one.name));
  });

  it("leaves out a way to a step that is not there, and one that leads to itself", () => {
    const found = placed([step("read")], [way("read", "gone", "next"), way("read", "read", "allow")], () => 0, ROOM);
    expect([found.edges, found.steps[0]?.jumps]).toEqual([[], []]);
  });

  it("places nothing where there is nothing", () => {
    expect(placed([], [], () => 0, ROOM).steps).toEqual([]);
  });
});

describe("line", () => {
  it("goes through a point without a corner, and never turns further than half of a short way", () => {
    expect(line([{ x: 0, y: 0 }, { x: 0, y: 10 }, { x: 10, y: 10 }])).toBe("M0,0L0,5Q0,10 5,10L10,10");
    expect(line([])).toBe("");
  });
});

describe("the way of a case", () => {
  const path = [{ step: "read", visit: 1 }, { step: "judge", visit: 1 }, { step: "ask", visit: 1 }, { step: "judge", visit: 2 }];
  it("is the ways between its stops, and how often it came by", () => {
    expect([...waysOf(path)]).toEqual(["read>judge", "judge>ask", "ask>judge"]);
    expect(visitsOf(path)).toEqual({ read: 1, judge: 2, ask: 1 });
    expect([...waysOf(undefined)]).toEqual([]);
  });
});

describe("what is said of ways and steps", () => {
  it("names a route only where there is another", () => {
    expect(routesOf(EDGES[0] as GraphEdge, EDGES)).toEqual([]);
    expect(routesOf(EDGES[2] as GraphEdge, EDGES)).toEqual(["review", "deny"]);
  });
  it("has one mark at least where there is any heat", () => {
    expect([undefined, 0, 0.01, 0.5, 1, 2].map(heatLevel)).toEqual([0, 0, 1, 3, 5, 5]);
  });
});

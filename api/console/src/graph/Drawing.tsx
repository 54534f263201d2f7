import { ActionIcon } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { Panel, ReactFlow, ReactFlowProvider, useReactFlow, ViewportPortal, type Edge, type Node } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { percent, words } from "../format/values";
import { edgeId, heatLevel, routesOf, visitsOf, waysOf, type GraphEdge, type ProcessGraphProps } from "./graph";
import { placed, readingOrder, STEP_WIDTH } from "./layout";
import { StepCard, type StepFace } from "./StepCard";
import { Way, type WayFace } from "./Way";
import "./texts";
import classes from "./graph.module.css";

const NODES = { step: StepCard };
const EDGES = { way: Way };
const LEAST_SCALE = 0.5;
const LEAST_HEIGHT = 220;
const USUAL_WIDTH = 1100;

export default function Drawing(props: ProcessGraphProps) {
  return (
    <ReactFlowProvider>
      <Graph {...props} />
    </ReactFlowProvider>
  );
}

function Graph(props: ProcessGraphProps) {
  const { steps, edges, label, onOpen, height = 680 } = props;
  const { t, i18n } = useTranslation("graph");
  const { ref, width } = useElementSize();
  const flow = useReactFlow();
  const root = useRef<HTMLDivElement>(null);
  const said = useCallback(
    (edge: GraphEdge) => {
      const share = props.edgeShare?.[edgeId(edge)];
      const routes = routesOf(edge, edges).map((route) => t(`route.${route}` as "route.next", { defaultValue: route }));
      return [share === undefined ? "" : percent(share, i18n.language), routes.join(", ")].filter(Boolean).join(" · ");
    },
    [edges, props.edgeShare, t, i18n.language],
  );
  // Room is kept for a share at every way, so that the steps stand still when the shares come.
  const room = useMemo(() => ({ width: Math.max(320, width || USUAL_WIDTH), height }), [width, height]);
  const places = useMemo(
    () => placed(steps, edges, (edge) => routesOf(edge, edges).join(", ").length + 6, room),
    [steps, edges, room],
  );
  const order = useMemo(() => readingOrder(places), [places]);
  const titles = useMemo(() => new Map(steps.map((step) => [step.name, step.title])), [steps]);
  const scale = Math.min(1, Math.max(LEAST_SCALE, Math.min(room.width / Math.max(places.width, 1), height / Math.max(places.height, 1))));
  const shown = Math.max(LEAST_HEIGHT, Math.min(height, Math.ceil(places.height * scale) + 8));

  const show = useCallback(
    (name: string) => {
      const place = places.steps.find((one) => one.step.name === name);
      const element = root.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(name)}"]`);
      if (!place || !element || !root.current) return;
      const [inner, outer] = [element.getBoundingClientRect(), root.current.getBoundingClientRect()];
      const inside = inner.left >= outer.left && inner.right <= outer.right && inner.top >= outer.top && inner.bottom <= outer.bottom;
      if (!inside) void flow.setCenter(place.x + STEP_WIDTH / 2, place.y + place.height / 2, { zoom: flow.getZoom() });
      element.focus({ preventScroll: true });
    },
    [places, flow],
  );
  const move = useCallback(
    (from: string, by: number) => {
      const next = order[Math.min(order.length - 1, Math.max(0, order.indexOf(from) + by))];
      if (next !== undefined) show(next);
    },
    [order, show],
  );
  const fit = useCallback(() => {
    void flow.setViewport({ x: Math.max(0, (width - places.width * scale) / 2), y: 4, zoom: scale });
  }, [flow, width, places.width, scale]);
  useEffect(fit, [fit]);

  const ways = useMemo(() => waysOf(props.path), [props.path]);
  const visits = useMemo(() => visitsOf(props.path), [props.path]);
  const nodes = places.steps.map((place): Node<StepFace, "step"> => {
    const { name } = place.step;
    return {
      id: name,
      type: "step",
      position: { x: place.x, y: place.y },
      width: STEP_WIDTH,
      height: place.height,
      data: {
        step: place.step,
        first: name === order[0],
        counts: props.counts?.[name],
        incidents: props.incidents?.[name] ?? 0,
        heat: heatLevel(props.heat?.[name]),
        heatText: props.heatText?.[name],
        visits: visits[name] ?? 0,
        present: props.present === name,
        jumps: place.jumps.map((edge) => ({
          id: edgeId(edge),
          text: [titles.get(edge.target) ?? edge.target, said(edge)].filter(Boolean).join(" · "),
          back: order.indexOf(edge.target) < order.indexOf(name),
          taken: ways.has(edgeId(edge)),
        })),
        difference: props.differences?.[name],
        onOpen,
        onMove: move,
      },
    };
  });
  const drawn = places.edges.map(
    (place): Edge<WayFace, "way"> => ({
      id: place.id,
      type: "way",
      source: place.edge.source,
      target: place.edge.target,
      data: {
        points: place.points,
        label: place.label,
        text: place.label ? said(place.edge) : "",
        taken: ways.has(place.id),
        share: props.edgeShare?.[place.id],
      },
    }),
  );

  return (
    <div ref={root} role="group" aria-label={label} className={classes.frame}>
      <div ref={ref} style={{ blockSize: shown }}>
        <ReactFlow
          nodes={nodes}
          edges={drawn}
          nodeTypes={NODES}
          edgeTypes={EDGES}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={false}
          edgesFocusable={false}
          elementsSelectable={false}
          disableKeyboardA11y
          zoomOnScroll={false}
          zoomOnDoubleClick={false}
          preventScrolling={false}
          minZoom={0.2}
          maxZoom={1.6}
          proOptions={{ hideAttribution: true }}
        >
          <ViewportPortal>
            {places.columns.map((column) => (
              <span key={column.title} className={classes.column} style={{ transform: `translate(${column.x}px, 0)`, inlineSize: column.width }}>
                {column.title.split(" · ").map(words).join(" · ")}
              </span>
            ))}
          </ViewportPortal>
          <Panel position="bottom-right" className={`${classes.controls} no-print`}>
            <div role="group" aria-label={t("controls")}>
              <ActionIcon variant="default" size="md" aria-label={t("zoomIn")} onClick={() => void flow.zoomIn()}>
                +
              </ActionIcon>
              <ActionIcon variant="default" size="md" aria-label={t("zoomOut")} onClick={() => void flow.zoomOut()}>
                −
              </ActionIcon>
              <ActionIcon variant="default" size="md" aria-label={t("fit")} onClick={() => void flow.fitView({ padding: 0.02, maxZoom: 1 })}>
                ⤢
              </ActionIcon>
            </div>
          </Panel>
        </ReactFlow>
      </div>
    </div>
  );
}

import { Handle, Position, type Node, type NodeProps } from "@xyflow/react";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Difference, GraphStep } from "./graph";
import classes from "./graph.module.css";

export interface StepFace extends Record<string, unknown> {
  step: GraphStep;
  /** Whether the Tab key comes here first. */
  first: boolean;
  counts: number | undefined;
  incidents: number;
  heat: number;
  heatText: string | undefined;
  visits: number;
  present: boolean;
  /** Ways that are not drawn. */
  jumps: readonly { id: string; text: string; back: boolean; taken: boolean }[];
  difference: Difference | undefined;
  onOpen: ((step: string) => void) | undefined;
  onMove: (from: string, by: number) => void;
}

const MARKS: Record<string, string> = {
  read: "▤",
  propose: "✎",
  review: "☑",
  effect: "➤",
  agent: "✦",
  decision: "◆",
  wait: "◔",
  timer: "◷",
  subprocess: "▣",
  end: "■",
};
const ARROWS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -10_000, End: 10_000 };
export const HEAT_MARKS = 5;

/** A step: what it is called and does, who stands at it, how warm it is; each as a word or mark beside its colour. */
export function StepCard({ data }: NodeProps<Node<StepFace, "step">>) {
  const { t } = useTranslation("graph");
  const { step, counts, incidents, heat, visits, present, difference } = data;
  const kind = step.ends ? "end" : step.kind;
  const says = [
    step.title,
    t(`kind.${kind}` as "kind.read"),
    step.stage,
    counts === undefined ? "" : t("says.counts", { count: counts }),
    incidents > 0 ? t("says.incidents", { count: incidents }) : "",
    data.heatText ?? "",
    visits > 0 ? t("says.visits", { count: visits }) : "",
    present ? t("says.present") : "",
    difference ? t(`difference.${difference}`) : "",
  ].filter(Boolean);
  const pressed = (event: KeyboardEvent) => {
    const by = ARROWS[event.key];
    if (by === undefined) return;
    event.preventDefault();
    data.onMove(step.name, by);
  };
  const shared = {
    className: `${classes.step} nopan`,
    "data-step": step.name,
    "data-heat": heat,
    "data-passed": visits > 0 || undefined,
    "data-present": present || undefined,
    "data-difference": difference,
    "data-end": step.ends || undefined,
    tabIndex: data.first ? 0 : -1,
    "aria-label": says.join(", "),
    "aria-current": present ? ("step" as const) : undefined,
    onKeyDown: pressed,
  };
  const face = (
    <>
      <span className={classes.title}>
        <span aria-hidden="true" className={classes.mark}>
          {visits > 0 ? "✓" : MARKS[kind]}
        </span>
        <span className={classes.name}>{step.title}</span>
      </span>
      <span className={classes.foot} aria-hidden="true">
        <span className={classes.kind}>{difference ? t(`difference.${difference}`) : (data.heatText ?? t(`kind.${kind}` as "kind.read"))}</span>
        {heat > 0 && <span className={classes.heat}>{"▮".repeat(heat).padEnd(HEAT_MARKS, "▯")}</span>}
      </span>
      {data.jumps.map((jump) => (
        <span key={jump.id} className={classes.jump} data-taken={jump.taken || undefined} aria-hidden="true">
          {jump.back ? "↩" : "→"} {jump.text}
        </span>
      ))}
      <span className={classes.badges} aria-hidden="true">
        {incidents > 0 && (
          <span className="tone" data-tone="danger">
            ● {incidents}
          </span>
        )}
        {present && (
          <span className="tone" data-tone="warning">
            ▶ {t("here")}
          </span>
        )}
        {visits > 1 && <span className="tone">×{visits}</span>}
        {counts !== undefined && counts > 0 && <span className={`tone number ${classes.count}`}>{counts}</span>}
      </span>
    </>
  );
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} className={classes.handle} />
      {data.onOpen ? (
        <button type="button" {...shared} onClick={() => data.onOpen?.(step.name)}>
          {face}
        </button>
      ) : (
        <div role="img" {...shared}>
          {face}
        </div>
      )}
      <Handle type="source" position={Position.Bottom} isConnectable={false} className={classes.handle} />
    </>
  );
}

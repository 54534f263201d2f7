import { EdgeLabelRenderer, type Edge, type EdgeProps } from "@xyflow/react";
import { line, type Point } from "./layout";
import classes from "./graph.module.css";

export interface WayFace extends Record<string, unknown> {
  points: readonly Point[];
  label: Point | undefined;
  text: string;
  taken: boolean;
  share: number | undefined;
}

const LEAST_WIDTH = 1.2;
const MOST_WIDTH = 4.5;
const HEAD = 7;

/** A way from one step to another, as wide as its share; the table says where it leads, so it is not read out here. */
export function Way({ data }: EdgeProps<Edge<WayFace, "way">>) {
  if (data === undefined) return null;
  const end = data.points.at(-1);
  const before = data.points.at(-2);
  const width = data.share === undefined ? (data.taken ? 2.6 : 1.4) : LEAST_WIDTH + data.share * (MOST_WIDTH - LEAST_WIDTH);
  return (
    <>
      <path d={line(data.points)} className={classes.way} data-taken={data.taken || undefined} data-none={data.share === 0 || undefined} style={{ strokeWidth: width }} />
      {end && before && <path d={head(before, end)} className={classes.head} data-taken={data.taken || undefined} />}
      {data.text && data.label && (
        <EdgeLabelRenderer>
          <span
            className={classes.label}
            data-taken={data.taken || undefined}
            aria-hidden="true"
            style={{ transform: `translate(-50%, -50%) translate(${data.label.x}px, ${data.label.y}px)` }}
          >
            {data.text}
          </span>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

/** The head of the arrow whose last stretch goes from one point to another. */
function head(from: Point, to: Point): string {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const side = (by: number) => `${to.x - HEAD * Math.cos(angle + by)},${to.y - HEAD * Math.sin(angle + by)}`;
  return `M${to.x},${to.y}L${side(0.5)}L${side(-0.5)}Z`;
}

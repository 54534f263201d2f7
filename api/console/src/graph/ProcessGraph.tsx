import { lazy, Suspense } from "react";
import { Loading } from "../states/states";
import type { ProcessGraphProps } from "./graph";

const Drawing = lazy(() => import("./Drawing"));

/**
 * A process as a graph: its steps and ways, with a case's path, or with what stands at each step now. Its steps are one
 * stop of the Tab key, arrows go from step to step, `Enter` opens one. `GraphTable` says the same as a table.
 */
export function ProcessGraph(props: ProcessGraphProps) {
  return (
    <Suspense fallback={<Loading />}>
      <Drawing {...props} />
    </Suspense>
  );
}

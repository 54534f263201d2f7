import { useRouter } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { ProcessMap } from "../analytics/queries";
import { edgeId, type Difference, type ProcessGraphProps } from "../graph/graph";
import { GraphTable } from "../graph/GraphTable";
import { ProcessGraph } from "../graph/ProcessGraph";
import { heatOf, heatTexts } from "./heat";
import { casesAt, type Heat } from "./search";

interface Props {
  map: ProcessMap;
  heat: Heat;
  table: boolean;
  differences?: Record<string, Difference>;
  height?: number;
}

/** Go to the cases that stand at a step. */
export function useOpenCases(): (reference: string, step: string) => void {
  const router = useRouter();
  return useCallback((reference, step) => router.history.push(casesAt(reference, step)), [router]);
}

/** A version's graph with what stands where, or the same as a table. */
export function MapGraph({ map, heat, table, differences, height }: Props) {
  const { t, i18n } = useTranslation("map");
  const openCases = useOpenCases();
  const reference = `${map.process}@${map.version}`;
  const props = useMemo(
    (): ProcessGraphProps => ({
      label: t("graphOf", { name: `${map.title} ${map.version}` }),
      steps: map.steps,
      edges: map.edges,
      counts: Object.fromEntries(map.figures.map((step) => [step.step, step.live])),
      incidents: Object.fromEntries(map.figures.map((step) => [step.step, step.incidents])),
      heat: heatOf(map.figures, heat),
      heatText: heatTexts(map.figures, heat, i18n.language, {
        median: (length) => t("median", { length }),
        passed: (count) => t("passed", { count }),
        since: (length) => t("since", { length }),
      }),
      edgeShare: Object.fromEntries(map.edges.flatMap((edge) => (edge.share === null ? [] : [[edgeId(edge), edge.share]]))),
      differences,
      height,
    }),
    [map, heat, differences, height, t, i18n.language],
  );
  const open = (step: string) => openCases(reference, step);
  if (table) return <GraphTable {...props} file={`map-${reference}`} onOpen={open} />;
  return (
    <section className="surface" aria-label={props.label}>
      <ProcessGraph {...props} onOpen={open} />
    </section>
  );
}

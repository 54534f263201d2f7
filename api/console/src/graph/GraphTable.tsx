import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { percent } from "../format/values";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import { edgeId, visitsOf, type GraphStep, type ProcessGraphProps } from "./graph";
import "./texts";

/** What `ProcessGraph` shows, as a table: for whoever reads better than they see, and to be exported. */
export function GraphTable(props: ProcessGraphProps & { file: string }) {
  const { steps, edges, counts, incidents, heat, heatText, path, differences, edgeShare, onOpen } = props;
  const { t, i18n } = useTranslation("graph");
  const columns = useMemo(() => {
    const titles = new Map(steps.map((step) => [step.name, step.title]));
    const visits = visitsOf(path);
    const leads = (step: GraphStep) =>
      edges
        .filter((edge) => edge.source === step.name)
        .map((edge) => {
          const share = edgeShare?.[edgeId(edge)];
          const route = edge.routes.map((one) => t(`route.${one}` as "route.next", { defaultValue: one })).join(", ");
          return `${titles.get(edge.target) ?? edge.target} (${share === undefined ? route : `${route}, ${percent(share, i18n.language)}`})`;
        })
        .join("; ");
    const found: Column<GraphStep>[] = [
      { id: "step", header: t("column.step"), value: (step) => step.title, width: 160 },
      { id: "kind", header: t("column.kind"), value: (step) => t(`kind.${step.ends ? "end" : step.kind}` as "kind.read") },
      { id: "stage", header: t("column.stage"), value: (step) => step.stage },
    ];
    if (counts) found.push({ id: "live", header: t("column.live"), value: (step) => counts[step.name] ?? 0, numeric: true });
    if (incidents) found.push({ id: "incidents", header: t("column.incidents"), value: (step) => incidents[step.name] ?? 0, numeric: true });
    if (heat) {
      found.push({
        id: "heat",
        header: t("column.heat"),
        value: (step) => heat[step.name] ?? 0,
        cell: (step) => heatText?.[step.name] ?? percent(heat[step.name] ?? 0, i18n.language),
        numeric: true,
      });
    }
    if (path) found.push({ id: "visits", header: t("column.visits"), value: (step) => visits[step.name] ?? 0, numeric: true });
    if (differences) {
      const said = (step: GraphStep) => {
        const difference = differences[step.name];
        return difference ? t(`difference.${difference}`) : "";
      };
      found.push({ id: "difference", header: t("column.difference"), value: said });
    }
    found.push({ id: "leads", header: t("column.leads"), value: leads, grow: true });
    return found;
  }, [steps, edges, counts, incidents, heat, heatText, path, differences, edgeShare, t, i18n.language]);
  return (
    <DataTable
      label={t("table", { label: props.label })}
      file={props.file}
      columns={columns}
      rows={steps}
      id={(step) => step.name}
      onOpen={onOpen && ((step) => onOpen(step.name))}
    />
  );
}

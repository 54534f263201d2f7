import { SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ProblemError } from "../../api/problem";
import { instant, words } from "../../format/values";
import type { Stop } from "../../graph/graph";
import { GraphTable } from "../../graph/GraphTable";
import { ProcessGraph } from "../../graph/ProcessGraph";
import { Failure, Loading } from "../../states/states";
import type { Column } from "../../table/columns";
import { DataTable } from "../../table/DataTable";
import { graphQuery } from "../queries";
import type { CaseDetail } from "./CasePage";
import classes from "../cases.module.css";

interface Visit {
  place: number;
  step: string;
  visit: number;
  route: string;
  ended: string;
  milliseconds: number;
}

interface Props {
  shown: CaseDetail;
  present: string | null;
  /** A step is opened: show the case's data as it was after that place. */
  onOpen: (place: number) => void;
}

/** The process with the way that this case took, and where it stands; and the same as tables. */
export function PathTab({ shown, present, onOpen }: Props) {
  const { t, i18n } = useTranslation("cases");
  const [view, setView] = useState<"graph" | "table">("graph");
  const graph = useQuery({ ...graphQuery(shown.process), retry: false });
  const visits = useMemo<Visit[]>(
    () =>
      shown.steps.map((step, place) => ({
        place: place + 1,
        step: step.name,
        visit: step.visit,
        route: step.route,
        ended: step.ended_at,
        milliseconds: Date.parse(step.ended_at) - Date.parse(step.started_at),
      })),
    [shown.steps],
  );
  const path = useMemo<Stop[]>(() => {
    const stops = visits.filter((visit) => visit.visit > 0).map(({ step, visit }) => ({ step, visit }));
    return present && stops.length > 0 ? [...stops, { step: present, visit: 0 }] : stops;
  }, [visits, present]);
  const open = (step: string) => {
    const last = visits.findLast((visit) => visit.step === step);
    if (last) onOpen(last.place);
  };
  const columns = useMemo<Column<Visit>[]>(
    () => [
      { id: "place", header: "#", value: (row) => row.place, numeric: true, width: 48 },
      { id: "step", header: t("path.step"), value: (row) => row.step, cell: (row) => words(row.step), grow: true, width: 160 },
      { id: "visit", header: t("path.visit"), value: (row) => row.visit, numeric: true, width: 80 },
      { id: "route", header: t("path.route"), value: (row) => row.route, cell: (row) => words(row.route) || "–", width: 160 },
      { id: "took", header: t("path.took"), value: (row) => row.milliseconds, cell: (row) => `${row.milliseconds} ms`, numeric: true, width: 100 },
      { id: "ended", header: t("path.at"), value: (row) => row.ended, cell: (row) => instant(row.ended, i18n.language), width: 180 },
    ],
    [t, i18n.language],
  );
  const drawn = graph.data && {
    label: t("path.label", { process: graph.data.title }),
    steps: graph.data.steps,
    edges: graph.data.edges,
    path,
    present: present ?? undefined,
    onOpen: open,
  };
  return (
    <Stack gap="md">
      {graph.isPending ? (
        <Loading />
      ) : graph.error ? (
        graph.error instanceof ProblemError && graph.error.status < 500 ? (
          <Text size="sm">{t("path.noGraph")}</Text>
        ) : (
          <Failure error={graph.error} retry={() => void graph.refetch()} />
        )
      ) : (
        drawn && (
          <>
            <SegmentedControl
              size="xs"
              aria-label={t("path.view")}
              value={view}
              onChange={(value) => setView(value as "graph")}
              data={[
                { value: "graph", label: t("path.graph") },
                { value: "table", label: t("path.table") },
              ]}
              style={{ alignSelf: "flex-start" }}
            />
            {view === "graph" ? <ProcessGraph {...drawn} height={520} /> : <GraphTable {...drawn} file={`path-${shown.id}`} />}
          </>
        )
      )}
      <section>
        <Title order={2} mb="xs">
          {t("path.log")}
        </Title>
        <div className={classes.list}>
          <DataTable label={t("path.log")} file={`steps-${shown.id}`} columns={columns} rows={visits} id={(row) => String(row.place)} onOpen={(row) => onOpen(row.place)} height={360} />
        </div>
      </section>
    </Stack>
  );
}

import { Group, SegmentedControl, Title } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { day } from "../format/values";
import { Loading } from "../states/states";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import type { Line } from "./Plot";
import classes from "./analytics.module.css";

const Plot = lazy(() => import("./Plot"));

interface Row {
  day: string;
  values: readonly (number | null)[];
}

interface Props {
  name: string;
  file: string;
  days: readonly string[];
  lines: readonly Line[];
  format: (value: number) => string;
  most?: number;
}

/** Figures by day as a chart, and as a table that says the same and is exported. */
export function DayChart({ name, file, days, lines, format, most }: Props) {
  const { t, i18n } = useTranslation("analytics");
  const [as, setAs] = useState<"chart" | "table">("chart");
  const columns = useMemo(
    (): Column<Row>[] => [
      { id: "day", header: t("series.day"), value: (row) => row.day, cell: (row) => day(row.day, i18n.language), grow: true },
      ...lines.map((line, number) => ({
        id: line.id,
        header: line.label,
        value: (row: Row) => row.values[number] ?? null,
        cell: (row: Row) => {
          const value = row.values[number];
          return value === null || value === undefined ? "–" : format(value);
        },
        numeric: true,
      })),
    ],
    [lines, format, t, i18n.language],
  );
  const rows = useMemo(() => days.map((one, number): Row => ({ day: one, values: lines.map((line) => line.values[number] ?? null) })), [days, lines]);
  const summary = lines.map((line) => {
    const known = line.values.filter((value) => value !== null);
    return t("summary", { name: line.label, first: format(known[0] ?? 0), last: format(known.at(-1) ?? 0), most: format(Math.max(0, ...known)) });
  });
  return (
    <div className={classes.part}>
      <Group justify="space-between" mb={6}>
        <Title order={2}>{name}</Title>
        <SegmentedControl
          className="no-print"
          size="xs"
          transitionDuration={0}
          aria-label={t("show", { name })}
          data={[
            { value: "chart", label: t("as.chart") },
            { value: "table", label: t("as.table") },
          ]}
          value={as}
          onChange={setAs}
        />
      </Group>
      {as === "table" ? (
        <DataTable label={name} file={file} columns={columns} rows={rows} id={(row) => row.day} height={300} />
      ) : (
        <div className={`surface ${classes.chart}`} data-chart={file}>
          <Suspense fallback={<Loading />}>
            <Plot days={days} lines={lines} format={format} most={most} summary={summary.join("; ")} />
          </Suspense>
        </div>
      )}
    </div>
  );
}

import { Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { mapQuery, type ProcessMap, type StepFigures } from "../analytics/queries";
import { length } from "../format/length";
import { Failure, Loading } from "../states/states";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import { onlyIn } from "./heat";
import { MapGraph } from "./MapGraph";
import type { Heat } from "./search";
import classes from "./map.module.css";

interface Pair {
  step: string;
  title: string;
  first?: StepFigures;
  second?: StepFigures;
}

const HEIGHT = 620;

/** Two versions side by side, with the steps that only one has marked, and a table of both. */
export function Comparison({ first, second, days, heat, table }: { first: ProcessMap; second: string; days: number; heat: Heat; table: boolean }) {
  const { t, i18n } = useTranslation("map");
  const other = useQuery(mapQuery(second, days));
  const names = [`${first.version}`, second.split("@")[1] ?? second] as const;
  const columns = useMemo((): Column<Pair>[] => {
    const seconds = (id: string, header: string, value: (pair: Pair) => number | null | undefined): Column<Pair> => ({
      id,
      header,
      value: (pair) => value(pair) ?? null,
      cell: (pair) => {
        const found = value(pair);
        return found === null || found === undefined ? "–" : length(found, i18n.language);
      },
      numeric: true,
    });
    const change = (pair: Pair) =>
      pair.first?.median_seconds && pair.second?.median_seconds ? pair.first.median_seconds / pair.second.median_seconds - 1 : null;
    const signed = new Intl.NumberFormat(i18n.language, { style: "percent", signDisplay: "exceptZero", maximumFractionDigits: 0 });
    return [
      { id: "step", header: t("column.step"), value: (pair) => pair.title, grow: true },
      seconds("median_first", t("column.median", { name: names[0] }), (pair) => pair.first?.median_seconds),
      seconds("median_second", t("column.median", { name: names[1] }), (pair) => pair.second?.median_seconds),
      {
        id: "change",
        header: t("column.change"),
        value: change,
        cell: (pair) => {
          const found = change(pair);
          return found === null ? "–" : signed.format(found);
        },
        numeric: true,
      },
      seconds("waited_first", t("column.waited", { name: names[0] }), (pair) => pair.first?.blocked_seconds || null),
      seconds("waited_second", t("column.waited", { name: names[1] }), (pair) => pair.second?.blocked_seconds || null),
      { id: "live_first", header: t("column.live", { name: names[0] }), value: (pair) => pair.first?.live ?? null, numeric: true },
      { id: "live_second", header: t("column.live", { name: names[1] }), value: (pair) => pair.second?.live ?? null, numeric: true },
    ];
  }, [names[0], names[1], t, i18n.language]);
  if (other.isPending) return <Loading />;
  if (other.error) return <Failure error={other.error} retry={() => void other.refetch()} />;
  const both: readonly [ProcessMap, ProcessMap] = [first, other.data];
  return (
    <Stack gap="sm">
      <div className={classes.pair}>
        {both.map((map, place) => (
          <div key={map.version}>
            <Title order={2} mb={4}>
              {map.title} · {map.version}
            </Title>
            <MapGraph
              map={map}
              heat={heat}
              table={table}
              height={HEIGHT}
              differences={onlyIn(map.steps, both[1 - place as 0 | 1].steps, place === 0 ? "new" : "gone")}
            />
          </div>
        ))}
      </div>
      <DataTable label={t("comparison")} file={`compare-${first.process}-${names[0]}-${names[1]}`} columns={columns} rows={pairsOf(...both)} id={(pair) => pair.step} />
    </Stack>
  );
}

function pairsOf(first: ProcessMap, second: ProcessMap): Pair[] {
  const pairs = new Map<string, Pair>();
  for (const figures of first.figures) pairs.set(figures.step, { step: figures.step, title: figures.title, first: figures });
  for (const figures of second.figures) {
    pairs.set(figures.step, { step: figures.step, title: figures.title, ...pairs.get(figures.step), second: figures });
  }
  return [...pairs.values()];
}

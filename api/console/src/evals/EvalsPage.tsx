import { Anchor, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { instant } from "../format/values";
import { useMay } from "../session/session";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import { Command } from "./Command";
import { runsQuery, type Run } from "./queries";
import "./texts";

const COMMAND = "interlock evals run all --against baseline";

export default function EvalsPage() {
  return useMay("evaluation.read") ? <Evals /> : <NoPermission />;
}

function Evals() {
  const { t, i18n } = useTranslation("evals");
  const navigate = useNavigate();
  const { suite = "" } = useSearch({ from: "/shell/evals" });
  const list = useInfiniteQuery(runsQuery(suite));
  useDocumentTitle(`${t("title")} · Interlock`);
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.runs) ?? [], [list.data]);
  const seen = useRef(new Set<string>());
  for (const run of rows) seen.current.add(run.suite);
  if (suite) seen.current.add(suite);
  const columns: Column<Run>[] = [
    {
      id: "suite",
      header: t("columns.suite"),
      value: (run) => run.suite,
      cell: (run) => (
        <Anchor size="sm" renderRoot={(props) => <Link to="/evals/$runId" params={{ runId: run.id }} {...props} />}>
          {run.suite}
        </Anchor>
      ),
      width: 220,
      grow: true,
    },
    { id: "at", header: t("columns.at"), value: (run) => run.started_at, cell: (run) => instant(run.started_at, i18n.language), width: 205 },
    {
      id: "result",
      header: t("columns.result"),
      value: (run) => t(run.passed ? "passed" : "failed"),
      cell: (run) => <Passed passed={run.passed} />,
      width: 120,
    },
    { id: "gates", header: t("columns.gates"), value: (run) => run.failed_gates.length, cell: (run) => t("of", { some: run.failed_gates.length, all: run.gates }), numeric: true, width: 120 },
    { id: "failing", header: t("columns.failing"), value: (run) => run.failing, cell: (run) => t("of", { some: run.failing, all: run.cases }), numeric: true, width: 130 },
    { id: "against", header: t("columns.against"), value: (run) => run.against || t("nothingHeld"), width: 120 },
    { id: "origin", header: t("columns.origin"), value: (run) => run.origin ?? t("nobody"), width: 110 },
    { id: "seconds", header: t("columns.seconds"), value: (run) => run.seconds, cell: (run) => `${run.seconds.toFixed(1)} s`, numeric: true, width: 90 },
    { id: "version", header: t("columns.version"), value: (run) => run.version, width: 100 },
  ];
  const nothing = list.data !== undefined && rows.length === 0;
  return (
    <Stack gap="sm">
      <div>
        <Title order={1}>{t("title")}</Title>
        <Text size="sm" c="dimmed">
          {t("intro")}
        </Text>
      </div>
      {list.error ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : nothing ? (
        <section className="surface">
          <Empty title={t("empty")} action={<Command text={COMMAND} />}>
            {t("emptyText")}
          </Empty>
        </section>
      ) : (
        <>
          <DataTable
            label={t("runs")}
            file="evaluations"
            columns={columns}
            rows={rows}
            id={(run) => run.id}
            onOpen={(run) => void navigate({ to: "/evals/$runId", params: { runId: run.id } })}
            onEnd={() => list.hasNextPage && !list.isFetchingNextPage && void list.fetchNextPage()}
            tools={
              <NativeSelect
                size="xs"
                aria-label={t("suite")}
                value={suite}
                data={[{ value: "", label: t("anySuite") }, ...[...seen.current].sort().map((name) => ({ value: name, label: name }))]}
                onChange={(event) => void navigate({ to: "/evals", search: event.currentTarget.value ? { suite: event.currentTarget.value } : {} })}
              />
            }
          />
          <section className="surface" style={{ padding: "14px 18px" }}>
            <Title order={2}>{t("start")}</Title>
            <Text size="sm" c="dimmed" mb={6}>
              {t("startText")}
            </Text>
            <Command text={suite ? `interlock evals run ${suite} --against baseline` : COMMAND} />
          </section>
        </>
      )}
    </Stack>
  );
}

export function Passed({ passed }: { passed: boolean }) {
  const { t } = useTranslation("evals");
  return <Tone tone={passed ? "good" : "danger"}>{t(passed ? "passed" : "failed")}</Tone>;
}

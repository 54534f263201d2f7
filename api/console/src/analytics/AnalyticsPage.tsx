import { Button, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { micros } from "../format/length";
import { day, percent } from "../format/values";
import { useMay } from "../session/session";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import { DayChart } from "./DayChart";
import { AgentTable, RuleTable, StepTable } from "./FigureTables";
import { KeyFigures } from "./KeyFigures";
import type { Line } from "./Plot";
import { OfProcess, ProcessChoice, type Named } from "./ProcessChoice";
import { figuresQuery, type Figures, type Process } from "./queries";
import { chosenOf, type FiguresSearch } from "./search";
import { shares } from "./series";
import { useFresh } from "./useFresh";
import "./texts";
import classes from "./analytics.module.css";

export default function AnalyticsPage() {
  return useMay("analytics.read") ? <ChosenFigures /> : <NoPermission />;
}

/** Each process once, whichever its versions. */
const byName = (processes: readonly Process[]): Named[] =>
  [...new Map(processes.map((one) => [one.name, { value: one.name, label: one.title }])).values()];

function ChosenFigures() {
  const { t } = useTranslation("analytics");
  const search = useSearch({ from: "/shell/analytics" });
  useDocumentTitle(`${t("title")} · Interlock`);
  return (
    <OfProcess choices={byName} chosen={search.process}>
      {(process, processes) => <FiguresOf process={process} processes={processes} />}
    </OfProcess>
  );
}

function FiguresOf({ process, processes }: { process: string; processes: Named[] }) {
  const { t, i18n } = useTranslation("analytics");
  const navigate = useNavigate();
  const chosen = chosenOf(useSearch({ from: "/shell/analytics" }));
  const found = useQuery(figuresQuery(process, chosen.days, chosen.version));
  useFresh(keys.analytics.all);
  const choose = (changed: FiguresSearch) => void navigate({ from: "/analytics", to: "/analytics", search: (before) => ({ ...before, ...changed }), replace: true });
  const data = found.data;
  return (
    <Stack gap="md" className={classes.page}>
      <Group justify="space-between" align="flex-end">
        <Stack gap={4}>
          <Title order={1}>
            {t("title")}
            <span className={classes.printOnly}> · {processes.find((one) => one.value === process)?.label ?? process}</span>
          </Title>
          {data && (
            <Group gap={6}>
              <Text size="sm" c="dimmed">
                {t("between", { since: day(data.window.since, i18n.language), until: day(data.window.until, i18n.language) })}
              </Text>
              {data.behind > 0 && <Tone tone="warning">{t("behind", { count: data.behind })}</Tone>}
            </Group>
          )}
        </Stack>
        <Group gap="sm" align="flex-end" className="no-print">
          <ProcessChoice
            process={process}
            choices={processes}
            onProcess={(changed) => choose({ process: changed, version: undefined })}
            days={chosen.days}
            onDays={(days) => choose({ days })}
          >
            <NativeSelect
              label={t("version")}
              data={[{ value: "", label: t("allVersions") }, ...(data?.versions ?? []).map((version) => ({ value: String(version), label: String(version) }))]}
              value={chosen.version === undefined ? "" : String(chosen.version)}
              onChange={(event) => choose({ version: event.currentTarget.value ? Number(event.currentTarget.value) : undefined })}
              w={90}
            />
          </ProcessChoice>
          <Button variant="default" onClick={() => window.print()}>
            {t("print")}
          </Button>
        </Group>
      </Group>
      {found.isPending ? (
        <Loading />
      ) : found.error ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : (
        <Shown found={found.data} />
      )}
    </Stack>
  );
}

function Shown({ found }: { found: Figures }) {
  const { t, i18n } = useTranslation("analytics");
  const language = i18n.language;
  const file = found.version === null ? found.process : `${found.process}-${found.version}`;
  const days = useMemo(() => found.days.map((one) => one.day), [found.days]);
  const throughput = useMemo(
    (): Line[] => [
      { id: "ended", label: t("series.ended"), values: found.days.map((one) => one.ended), bars: true },
      { id: "started", label: t("series.started"), values: found.days.map((one) => one.started) },
    ],
    [found.days, t],
  );
  const straight = useMemo(
    (): Line[] => [
      { id: "straight", label: t("series.straight"), values: shares(found.days, (one) => one.straight).map((one) => one.share) },
      { id: "rework", label: t("series.rework"), values: shares(found.days, (one) => one.reworked).map((one) => one.share) },
    ],
    [found.days, t],
  );
  const cost = useMemo(
    (): Line[] => [{ id: "cost", label: t("series.cost"), values: shares(found.days, (one) => one.cost_micros).map((one) => one.share), bars: true }],
    [found.days, t],
  );
  const count = useCallback((value: number) => new Intl.NumberFormat(language, { maximumFractionDigits: 0 }).format(value), [language]);
  const asPercent = useCallback((value: number) => percent(value, language), [language]);
  const asCost = useCallback((value: number) => micros(value, language), [language]);
  if (found.days.every((one) => one.ended === 0 && one.started === 0)) {
    return (
      <Empty title={t("quiet")} action={<Link to="/map">{t("toMap")}</Link>}>
        {t("quietText")}
      </Empty>
    );
  }
  const costs = found.days.some((one) => one.cost_micros > 0);
  return (
    <>
      <KeyFigures found={found} />
      <div className={classes.charts}>
        <DayChart name={t("chart.throughput")} file={`throughput-${file}`} days={days} lines={throughput} format={count} />
        <DayChart name={t("chart.straight")} file={`straight-${file}`} days={days} lines={straight} format={asPercent} most={1} />
        {costs && <DayChart name={t("chart.cost")} file={`cost-${file}`} days={days} lines={cost} format={asCost} />}
      </div>
      <StepTable steps={found.steps} file={file} />
      <RuleTable rules={found.rules} file={file} />
      <AgentTable agents={found.agents} file={file} />
    </>
  );
}

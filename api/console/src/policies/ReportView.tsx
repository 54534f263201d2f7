import { Alert, Button, List, Progress, SimpleGrid, Text, Title } from "@mantine/core";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { CaseLink } from "../audit/CaseLink";
import { day, instant, money } from "../format/values";
import { Failure } from "../states/states";
import { Tone, type ToneName } from "../states/Tone";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import type { Report } from "./queries";
import type { Replay } from "./useReplay";
import classes from "./policies.module.css";
import "./texts";

type Flip = Report["flips"][number];
const VERDICT_TONES: Record<string, ToneName> = { allow: "good", review: "warning", deny: "danger" };
const NEWLY = ["newly_blocked", "newly_reviewed", "newly_allowed"] as const;
const NO_CURRENCY = "XXX";

function moneyText(amounts: Record<string, number> | undefined, language: string): string {
  const shown = (minor: number, currency: string) =>
    currency === NO_CURRENCY ? new Intl.NumberFormat(language, { minimumFractionDigits: 2 }).format(minor / 100) : money(minor, currency, language);
  return Object.entries(amounts ?? {})
    .map(([currency, minor]) => shown(minor, currency))
    .join(", ");
}

/** How far a replay is, or why it stopped. */
export function ReplayState({ replay, retry }: { replay: Replay; retry?: () => void }) {
  const { t } = useTranslation("policies");
  if (replay.error) return <Failure error={replay.error} retry={retry} />;
  if (!replay.running) return null;
  const { progress } = replay;
  const said = t(progress ? "report.running" : "report.trying");
  return (
    <div role="status">
      <Text size="sm">{said}</Text>
      <Progress value={progress?.of ? (100 * progress.entry) / progress.of : 100} animated={!progress} my={6} aria-label={said} />
      {progress && (
        <Text size="xs" c="dimmed" className="number">
          {t("report.progress", progress)}
        </Text>
      )}
    </div>
  );
}

/** What a replay found: what would come out otherwise, and all that it cannot say. */
export function ReportView({ report }: { report: Report }) {
  const { t, i18n } = useTranslation("policies");
  const flipped = NEWLY.reduce((sum, name) => sum + report[name].verdicts, 0);
  return (
    <section className={classes.report} aria-label={t("report.title")}>
      <div>
        <Title order={2}>{t("report.title")}</Title>
        <Text size="sm" c="dimmed">
          {t("report.judged", { verdicts: report.verdicts, cases: report.cases })}
          {report.since && `, ${t("report.since", { day: day(report.since, i18n.language) })}`};{" "}
          {t("report.madeAt", { at: instant(report.made_at, i18n.language), number: report.against.number })}
        </Text>
      </div>
      <SimpleGrid cols={{ base: 2, md: 5 }} spacing="sm">
        {NEWLY.map((name) => (
          <Figure key={name} name={t(`report.${name}`)} value={t("report.cases", { count: report[name].cases })} loud={report[name].cases > 0}>
            {t("report.verdicts", { count: report[name].verdicts })}
            {report[name].cases > 0 && ` · ${moneyText(report[name].money, i18n.language)}`}
          </Figure>
        ))}
        <Figure name={t("report.tasks")} value={`${report.tasks_more - report.tasks_less >= 0 ? "+" : "−"}${Math.abs(report.tasks_more - report.tasks_less)}`}>
          {t("report.tasksText", { more: report.tasks_more, less: report.tasks_less })}
        </Figure>
        <Figure name={t("report.unknown")} value={t("report.cases", { count: report.unknown_input.cases ?? 0 })} loud={(report.unknown_input.cases ?? 0) > 0}>
          {(report.unknown_input.cases ?? 0) > 0 ? Object.keys(report.unknown_input.fields ?? {}).join(", ") : t("report.unknownText")}
        </Figure>
      </SimpleGrid>
      <Notes report={report} />
      {flipped === 0 ? <Tone tone="good">{t("report.nothing")}</Tone> : <Flips flips={report.flips} />}
    </section>
  );
}

function Figure({ name, value, loud = false, children }: { name: string; value: string; loud?: boolean; children: React.ReactNode }) {
  return (
    <div className={classes.figure} data-loud={loud || undefined}>
      <Text size="xs" c="dimmed">
        {name}
      </Text>
      <Text fw={650} size="lg" className="number">
        {value}
      </Text>
      <Text size="xs" c="dimmed">
        {children}
      </Text>
    </div>
  );
}

function Notes({ report }: { report: Report }) {
  const { t } = useTranslation("policies");
  const different = report.recomputed.different ?? 0;
  const identical = report.recomputed.identical ?? 0;
  return (
    <>
      {different > 0 && <Alert color="red.9" variant="outline">{t("report.different", { count: different })}</Alert>}
      {report.new_faults > 0 && <Alert color="red.9" variant="outline">{t("report.faults", { count: report.new_faults, first: report.first_fault ?? "" })}</Alert>}
      <List size="sm">
        {identical > 0 && different === 0 && <List.Item>{t("report.recomputed", { count: identical })}</List.Item>}
        {report.erased > 0 && <List.Item>{t("report.erased", { count: report.erased })}</List.Item>}
        {report.never_in_force.length > 0 && <List.Item>{t("report.neverInForce", { rules: report.never_in_force.join(", ") })}</List.Item>}
        {report.waits.map((wait) => (
          <List.Item key={wait.step}>
            {t("report.wait", { count: wait.cases, step: wait.step })}{" "}
            {wait.median_seconds === null
              ? t("report.waitUnknown")
              : t("report.waitLong", { count: wait.past_tasks, hours: (wait.median_seconds / 3600).toFixed(1) })}
          </List.Item>
        ))}
      </List>
    </>
  );
}

function Flips({ flips }: { flips: readonly Flip[] }) {
  const { t } = useTranslation("policies");
  const columns = useMemo((): Column<Flip>[] => {
    const verdict = (value: string) => <Tone tone={VERDICT_TONES[value] ?? "quiet"}>{t(`report.verdict.${value}` as "report.verdict.allow")}</Tone>;
    return [
      { id: "case", header: t("report.column.case"), value: (row) => row.case, cell: (row) => <CaseLink id={row.case}>{row.case.slice(0, 8)}</CaseLink>, width: 100 },
      { id: "step", header: t("report.column.step"), value: (row) => row.step, width: 130 },
      { id: "point", header: t("report.column.point"), value: (row) => row.point, width: 120 },
      { id: "before", header: t("report.column.before"), value: (row) => row.before, cell: (row) => verdict(row.before), width: 110 },
      { id: "after", header: t("report.column.after"), value: (row) => row.after, cell: (row) => verdict(row.after), width: 110 },
      { id: "rulesBefore", header: t("report.column.rulesBefore"), value: (row) => row.rules_before.join(", "), width: 150 },
      { id: "rulesAfter", header: t("report.column.rulesAfter"), value: (row) => row.rules_after.join(", "), width: 150, grow: true },
    ];
  }, [t]);
  return <DataTable label={t("report.flips")} file="replay" columns={columns} rows={flips} id={(row) => `${row.seq}-${row.point}`} height={420} />;
}

/** A button that begins a replay. */
export function ReplayButton({ replay, onClick, children }: { replay: Replay; onClick: () => void; children: React.ReactNode }) {
  return (
    <Button variant="default" loading={replay.running} onClick={onClick}>
      {children}
    </Button>
  );
}

import { Text, Title } from "@mantine/core";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { length, micros } from "../format/length";
import { percent } from "../format/values";
import { words } from "../format/values";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import type { StepFigures } from "./queries";
import classes from "./analytics.module.css";

type RuleRate = Schemas["RuleRateView"];
type AgentRate = Schemas["AgentRateView"];

function Part({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  return (
    <div className={classes.part}>
      <Title order={2}>{title}</Title>
      {text && (
        <Text size="xs" c="dimmed">
          {text}
        </Text>
      )}
      <div style={{ marginBlockStart: 6 }}>{children}</div>
    </div>
  );
}

/** A share as a bar with its figure. */
function Share({ share, language }: { share: number; language: string }) {
  return (
    <span className={classes.share}>
      <span className={classes.track} aria-hidden="true">
        <span style={{ inlineSize: `${share * 100}%` }} />
      </span>
      {percent(share, language)}
    </span>
  );
}

/** How long cases are at each step, and how much of that is waiting. */
export function StepTable({ steps, file }: { steps: readonly StepFigures[]; file: string }) {
  const { t, i18n } = useTranslation("analytics");
  const language = i18n.language;
  const columns = useMemo((): Column<StepFigures>[] => {
    const most = Math.max(1, ...steps.map((step) => step.waited_seconds + step.worked_seconds));
    const seconds = (value: number | null) => (value === null ? "–" : length(value, language));
    return [
      { id: "step", header: t("step.step"), value: (step) => step.title, width: 170 },
      { id: "live", header: t("step.live"), value: (step) => step.live, numeric: true },
      { id: "visits", header: t("step.visits"), value: (step) => step.visits, numeric: true },
      { id: "median_seconds", header: t("step.median"), value: (step) => step.median_seconds, cell: (step) => seconds(step.median_seconds), numeric: true, width: 92 },
      { id: "p90_seconds", header: t("step.p90"), value: (step) => step.p90_seconds, cell: (step) => seconds(step.p90_seconds), numeric: true, width: 92 },
      {
        id: "waiting_share",
        header: t("step.waiting"),
        value: (step) => step.waiting_share,
        cell: (step) => (step.waiting_share === null ? "–" : percent(step.waiting_share, language)),
        numeric: true,
      },
      {
        id: "waited_seconds",
        header: t("step.split"),
        value: (step) => step.waited_seconds,
        cell: (step) => (
          <span
            className={classes.split}
            role="img"
            aria-label={`${t("waited", { length: seconds(step.waited_seconds) })}, ${t("worked", { length: seconds(step.worked_seconds) })}`}
            title={`${t("waited", { length: seconds(step.waited_seconds) })}, ${t("worked", { length: seconds(step.worked_seconds) })}`}
          >
            <span className={classes.waited} style={{ inlineSize: `${(step.waited_seconds / most) * 100}%` }} />
            <span className={classes.worked} style={{ inlineSize: `${(step.worked_seconds / most) * 100}%` }} />
          </span>
        ),
        grow: true,
      },
      { id: "reworked", header: t("step.again"), value: (step) => step.reworked, numeric: true },
    ];
  }, [steps, t, language]);
  const passed = useMemo(() => steps.filter((step) => step.visits > 0 || step.live > 0), [steps]);
  return (
    <Part title={t("steps")}>
      <DataTable label={t("steps")} file={`steps-${file}`} columns={columns} rows={passed} id={(step) => step.step} />
    </Part>
  );
}

/** How often people approved what each rule had stopped. */
export function RuleTable({ rules, file }: { rules: readonly RuleRate[]; file: string }) {
  const { t, i18n } = useTranslation("analytics");
  const columns = useMemo(
    (): Column<RuleRate>[] => [
      { id: "rule", header: t("rule.rule"), value: (rate) => rate.rule, grow: true },
      { id: "asked", header: t("rule.asked"), value: (rate) => rate.asked, numeric: true },
      { id: "overridden", header: t("rule.overridden"), value: (rate) => rate.overridden, numeric: true },
      { id: "share", header: t("rule.share"), value: (rate) => rate.share, cell: (rate) => <Share share={rate.share} language={i18n.language} />, width: 150 },
    ],
    [t, i18n.language],
  );
  return (
    <Part title={t("rules")} text={rules.length > 0 ? t("rulesText") : t("rulesNone")}>
      {rules.length > 0 && <DataTable label={t("rules")} file={`rules-${file}`} columns={columns} rows={rules} id={(rate) => rate.rule} height={360} />}
    </Part>
  );
}

/** How often people decided otherwise than an agent. */
export function AgentTable({ agents, file }: { agents: readonly AgentRate[]; file: string }) {
  const { t, i18n } = useTranslation("analytics");
  const columns = useMemo(
    (): Column<AgentRate>[] => [
      { id: "decision_class", header: t("agent.name"), value: (one) => one.decision_class, cell: (one) => words(one.decision_class), grow: true },
      { id: "decided", header: t("agent.decided"), value: (one) => one.decided, numeric: true },
      { id: "autonomous", header: t("agent.autonomous"), value: (one) => one.autonomous, numeric: true },
      { id: "reviewed", header: t("agent.reviewed"), value: (one) => one.reviewed, numeric: true },
      { id: "overridden", header: t("agent.overridden"), value: (one) => one.overridden, numeric: true },
      {
        id: "share",
        header: t("agent.share"),
        value: (one) => one.share,
        cell: (one) => (one.share === null ? "–" : <Share share={one.share} language={i18n.language} />),
        width: 150,
      },
      { id: "cost_micros", header: t("agent.cost"), value: (one) => one.cost_micros, cell: (one) => micros(one.cost_micros, i18n.language), numeric: true },
    ],
    [t, i18n.language],
  );
  return (
    <Part title={t("agents")} text={agents.length > 0 ? t("agentsText") : t("agentsNone")}>
      {agents.length > 0 && <DataTable label={t("agents")} file={`agents-${file}`} columns={columns} rows={agents} id={(one) => one.decision_class} height={360} />}
    </Part>
  );
}

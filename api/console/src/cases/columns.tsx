import type { TFunction } from "i18next";
import { instant, words } from "../format/values";
import { Tone } from "../states/Tone";
import { Deadline } from "../tasks/Deadline";
import type { Column } from "../table/columns";
import type { ShownCase } from "./rows";
import { CaseStatus } from "./Status";
import { ageText, waitText } from "./waits";
import classes from "./cases.module.css";

const ENDED = ["done", "rejected", "cancelled"];

export function columnsOf(t: TFunction<"cases">, language: string, now: Date): Column<ShownCase>[] {
  const brief = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
  return [
    {
      id: "title",
      header: t("column.title"),
      value: (row) => row.title || row.id,
      cell: (row) => (
        <span className={classes.title} title={row.title}>
          {row.title || row.id}
        </span>
      ),
      width: 230,
      grow: true,
    },
    {
      id: "status",
      header: t("column.status"),
      value: (row) => row.status,
      cell: (row) => (row.changed ? <Tone mark="↻">{t("changed")}</Tone> : <CaseStatus status={row.status} />),
      width: 118,
    },
    { id: "waits", header: t("column.waits"), value: (row) => (row.waits.length > 0 ? waitText(row, t) : null), cell: (row) => <Short>{waitText(row, t)}</Short>, width: 160 },
    {
      id: "stands",
      header: t("column.stands"),
      value: (row) => row.stands_at ?? row.step,
      cell: (row) => <Short>{words(row.stands_at ?? row.step) || "–"}</Short>,
      width: 140,
    },
    {
      id: "since",
      header: t("column.since"),
      value: (row) => row.since,
      cell: (row) => (
        <span title={instant(row.since, language)} className={classes.short}>
          {ENDED.includes(row.status) ? "–" : ageText(row.since, now, t)}
        </span>
      ),
      width: 80,
      numeric: true,
    },
    {
      id: "due",
      header: t("column.due"),
      value: (row) => row.due_at,
      cell: (row) =>
        row.due_at ? (
          <span className={classes.due}>
            <Deadline at={row.due_at} />
            {row.at_risk && Date.parse(row.due_at) > now.getTime() && <Tone tone="warning">{t("atRisk")}</Tone>}
          </span>
        ) : (
          "–"
        ),
      width: 130,
    },
    {
      id: "started",
      header: t("column.started"),
      value: (row) => row.created_at,
      cell: (row) => (
        <span className={classes.short} title={instant(row.created_at, language)}>
          {brief.format(new Date(row.created_at))}
        </span>
      ),
      width: 130,
    },
    { id: "process", header: t("column.process"), value: (row) => row.process, cell: (row) => <Short>{row.process}</Short>, width: 140 },
  ];
}

function Short({ children }: { children: string }) {
  return (
    <span className={classes.short} title={children}>
      {children}
    </span>
  );
}

import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { instant, percent } from "../format/values";
import { Deadline } from "../tasks/Deadline";
import type { Column } from "../table/columns";
import { Acknowledge } from "./Acknowledge";
import { ClockState } from "./ClockState";
import type { ListedClock, Waiting } from "./queries";
import classes from "./sla.module.css";

/** What a clock is about, in words: the task itself, or the part of the case. */
export function useSubject() {
  const { t } = useTranslation("sla");
  return (clock: { scope: string; name: string }, taskTitle?: string | null) => taskTitle || `${t(`scope.${clock.scope}` as "scope.task")} ${clock.scope === "process" ? "" : clock.name}`.trim();
}

export function useClockColumns(): Column<ListedClock>[] {
  const { t, i18n } = useTranslation("sla");
  const subject = useSubject();
  return useMemo(
    () => [
      {
        id: "title",
        header: t("column.what"),
        value: (row) => row.title,
        grow: true,
        cell: (row) => (
          <Link to="/sla/$about" params={{ about: row.clock.task ?? row.clock.case }} tabIndex={-1} className={classes.clamp}>
            {row.title || row.clock.case.slice(0, 8)}
          </Link>
        ),
      },
      { id: "about", header: t("column.about"), value: (row) => subject(row.clock, row.task_title), width: 210, cell: (row) => <span className={classes.clamp}>{subject(row.clock, row.task_title)}</span> },
      { id: "assignee", header: t("column.who"), value: (row) => row.assignee?.name ?? null, width: 130 },
      {
        id: "due_at",
        header: t("column.due"),
        value: (row) => row.clock.due_at,
        width: 160,
        cell: (row) => (row.clock.due_at ? instant(row.clock.due_at, i18n.language) : "–"),
      },
      {
        id: "left",
        header: t("column.left"),
        value: (row) => row.clock.due_at,
        width: 140,
        cell: (row) => (row.clock.due_at && row.clock.state !== "paused" ? <Deadline at={row.clock.due_at} /> : "–"),
      },
      { id: "state", header: t("column.state"), value: (row) => row.clock.state, width: 110, cell: (row) => <ClockState clock={row.clock} /> },
      {
        id: "probability",
        header: t("column.probability"),
        value: (row) => row.probability,
        numeric: true,
        width: 120,
        cell: (row) => (row.probability === null ? "–" : percent(row.probability, i18n.language)),
      },
    ],
    [t, i18n.language, subject],
  );
}

export function useEscalationColumns(): Column<Waiting>[] {
  const { t, i18n } = useTranslation("sla");
  return useMemo(
    () => [
      {
        id: "title",
        header: t("column.what"),
        value: (row) => row.title,
        grow: true,
        cell: (row) => (
          <Link to="/sla/$about" params={{ about: row.clock.task ?? row.clock.case }} tabIndex={-1} className={classes.clamp}>
            {row.title || row.clock.case.slice(0, 8)}
          </Link>
        ),
      },
      { id: "rung", header: t("column.rung"), value: (row) => row.escalation.rung, width: 130 },
      { id: "told", header: t("column.told"), value: (row) => row.escalation.told.map((one) => one.name || one.user).join(", "), width: 200 },
      { id: "at", header: t("column.reached"), value: (row) => row.escalation.at, width: 160, cell: (row) => instant(row.escalation.at, i18n.language) },
      { id: "state", header: t("column.state"), value: (row) => row.clock.state, width: 110, cell: (row) => <ClockState clock={row.clock} /> },
      {
        id: "act",
        header: t("column.act"),
        value: (row) => row.escalation.may_acknowledge,
        width: 150,
        cell: (row) => (row.escalation.may_acknowledge ? <Acknowledge id={row.escalation.id} about={row.title} /> : "–"),
      },
    ],
    [t, i18n.language],
  );
}

import { Link } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { instant, percent, words } from "../format/values";
import { Deadline } from "../tasks/Deadline";
import type { Column } from "../table/columns";
import { Acknowledge } from "./Acknowledge";
import { ClockState } from "./ClockState";
import type { ListedClock, Waiting } from "./queries";
import classes from "./sla.module.css";

/** What a clock is about, in words: the whole case, or which part of it. */
export function useSubject(): (clock: { scope: string; name: string }) => string {
  const { t } = useTranslation("sla");
  return useCallback(
    (clock) => {
      const scope = t(`scope.${clock.scope}` as "scope.task");
      return clock.scope === "process" ? words(scope) : `${words(clock.name)} (${scope})`;
    },
    [t],
  );
}

/** An instant of these days: the year stands in its title. */
function When({ at }: { at: string }) {
  const { i18n } = useTranslation();
  const format = new Intl.DateTimeFormat(i18n.language, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  return (
    <span className={classes.when} title={instant(at, i18n.language)}>
      {format.format(new Date(at))}
    </span>
  );
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
          <Link to="/sla/$about" params={{ about: row.clock.task ?? row.clock.case }} tabIndex={-1} className={classes.clamp} title={row.title}>
            {row.title || row.clock.case.slice(0, 8)}
          </Link>
        ),
      },
      {
        id: "about",
        header: t("column.about"),
        value: (row) => subject(row.clock),
        width: 170,
        cell: (row) => <span title={row.task_title ?? undefined}>{subject(row.clock)}</span>,
      },
      { id: "assignee", header: t("column.who"), value: (row) => row.assignee?.name ?? null, width: 110 },
      {
        id: "due_at",
        header: t("column.due"),
        value: (row) => row.clock.due_at,
        width: 150,
        cell: (row) => (row.clock.due_at ? <When at={row.clock.due_at} /> : "–"),
      },
      {
        id: "left",
        header: t("column.left"),
        value: (row) => row.clock.due_at,
        width: 130,
        cell: (row) => (row.clock.due_at && row.clock.state !== "paused" ? <Deadline at={row.clock.due_at} /> : "–"),
      },
      { id: "state", header: t("column.state"), value: (row) => row.clock.state, width: 110, cell: (row) => <ClockState clock={row.clock} /> },
      {
        id: "probability",
        header: t("column.probability"),
        value: (row) => row.probability,
        numeric: true,
        width: 70,
        cell: (row) => (row.probability === null ? "–" : percent(row.probability, i18n.language)),
      },
    ],
    [t, i18n.language, subject],
  );
}

export function useEscalationColumns(): Column<Waiting>[] {
  const { t } = useTranslation("sla");
  return useMemo(
    () => [
      {
        id: "title",
        header: t("column.what"),
        value: (row) => row.title,
        grow: true,
        cell: (row) => (
          <Link to="/sla/$about" params={{ about: row.clock.task ?? row.clock.case }} tabIndex={-1} className={classes.clamp} title={row.title}>
            {row.title || row.clock.case.slice(0, 8)}
          </Link>
        ),
      },
      { id: "rung", header: t("column.rung"), value: (row) => words(row.escalation.rung), width: 130 },
      { id: "told", header: t("column.told"), value: (row) => row.escalation.told.map((one) => one.name || one.user).join(", "), width: 200 },
      { id: "at", header: t("column.reached"), value: (row) => row.escalation.at, width: 150, cell: (row) => <When at={row.escalation.at} /> },
      { id: "state", header: t("column.state"), value: (row) => row.clock.state, width: 110, cell: (row) => <ClockState clock={row.clock} /> },
      {
        id: "act",
        header: t("column.act"),
        value: (row) => row.escalation.may_acknowledge,
        width: 150,
        cell: (row) => (row.escalation.may_acknowledge ? <Acknowledge id={row.escalation.id} about={row.title} /> : "–"),
      },
    ],
    [t],
  );
}

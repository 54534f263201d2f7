import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { countdown } from "../format/countdown";
import { day, instant, words } from "../format/values";
import { useNow } from "../shell/clock";
import { Tone, type ToneName } from "../states/Tone";
import { Deadline } from "../tasks/Deadline";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import "./texts";
import type { Texts } from "./texts";

type Row = Schemas["ChatRow"];
type ColumnOf = Schemas["ChatTable"]["columns"][number];

const TONES: Partial<Record<string, ToneName>> = { incident: "danger", suspended: "warning", compensating: "warning", done: "good" };
const WIDTHS: Record<ColumnOf["kind"], number> = {
  case: 170, task: 180, text: 110, name: 120, instant: 150, since: 86, due: 110, number: 70, status: 90, waits: 96, day: 110,
};

interface Props {
  table: Schemas["ChatTable"];
  label: string;
  onAsk: (command: string) => void;
}

/** The rows of an answer. A row says more of itself when it is opened. */
export function AnswerTable({ table, label, onAsk }: Props) {
  const { t, i18n } = useTranslation("chat");
  const common = useTranslation().t;
  const now = useNow(60_000);
  const columns = useMemo(
    () =>
      table.columns.map((column): Column<Row> => {
        const value = (row: Row) => row.cells[column.id] ?? null;
        const shown = (row: Row) => {
          const cell = value(row);
          if (cell === null) return "–";
          switch (column.kind) {
            case "case":
              return row.ask ? (
                <Anchor component="button" type="button" size="sm" ta="start" onClick={() => onAsk(row.ask ?? "")}>
                  {cell}
                </Anchor>
              ) : (
                cell
              );
            case "task":
              return row.task ? (
                <Anchor size="sm" renderRoot={(props) => <Link {...props} to="/tasks/$taskId" params={{ taskId: row.task ?? "" }} />}>
                  {cell}
                </Anchor>
              ) : (
                cell
              );
            case "status":
              return <Tone tone={TONES[String(cell)] ?? "quiet"}>{t(`status.${cell as keyof Texts["status"]}`)}</Tone>;
            case "waits":
              return t(`waits.${cell as keyof Texts["waits"]}`);
            case "name":
              return words(String(cell));
            case "instant":
              return <time dateTime={String(cell)}>{instant(String(cell), i18n.language)}</time>;
            case "since": {
              const { amount, unit } = countdown(new Date(String(cell)), now);
              return (
                <time dateTime={String(cell)} title={instant(String(cell), i18n.language)}>
                  {common(`deadline.${unit}`, { count: amount })}
                </time>
              );
            }
            case "due":
              return <Deadline at={String(cell)} />;
            case "day":
              return day(String(cell), i18n.language);
            case "number":
              return new Intl.NumberFormat(i18n.language).format(Number(cell));
            case "text":
              return String(cell);
          }
        };
        return {
          id: column.id,
          header: t(`column.${column.id as keyof Texts["column"]}`),
          value,
          cell: shown,
          width: WIDTHS[column.kind],
          grow: column.kind === "case" || column.kind === "task" || column.id === "cause",
          numeric: column.kind === "number",
        };
      }),
    [table.columns, t, common, now, i18n.language, onAsk],
  );
  return (
    <DataTable
      label={label}
      file="chat"
      columns={columns}
      rows={table.rows}
      id={(row) => row.id}
      total={table.total}
      height={340}
      letters={false}
      onOpen={(row) => row.ask && onAsk(row.ask)}
    />
  );
}

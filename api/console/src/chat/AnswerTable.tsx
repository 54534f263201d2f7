import { Anchor } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { day, instant, words } from "../format/values";
import { Tone, type ToneName } from "../states/Tone";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import "./texts";
import type { Texts } from "./texts";

type Row = Schemas["ChatRow"];
type ColumnOf = Schemas["ChatTable"]["columns"][number];

const TONES: Partial<Record<string, ToneName>> = { incident: "danger", suspended: "warning", compensating: "warning", done: "good" };
const WIDTHS: Partial<Record<ColumnOf["kind"], number>> = { case: 190, task: 190, text: 120, name: 140, instant: 150, number: 70, status: 96, waits: 110, day: 110 };

interface Props {
  table: Schemas["ChatTable"];
  label: string;
  onAsk: (command: string) => void;
}

/** The rows of an answer. A row says more of itself when it is opened. */
export function AnswerTable({ table, label, onAsk }: Props) {
  const { t, i18n } = useTranslation("chat");
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
          width: WIDTHS[column.kind] ?? 100,
          grow: column.kind === "case" || column.kind === "task" || column.id === "cause",
          numeric: column.kind === "number",
        };
      }),
    [table.columns, t, i18n.language, onAsk],
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

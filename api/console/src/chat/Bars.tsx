import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { day, words } from "../format/values";
import classes from "./chat.module.css";
import type { Texts } from "./texts";

const MOST = 12;
const SERIES = ["var(--mantine-color-signal-6)", "var(--tone-good)"];

/** Bars of a table's figures, each with its number: a look before the table, which has all of it. */
export function Bars({ table }: { table: Schemas["ChatTable"] }) {
  const { t, i18n } = useTranslation("chat");
  const { chart } = table;
  if (!chart || table.rows.length < 2) return null;
  const kind = table.columns.find((column) => column.id === chart.label)?.kind;
  const shown = kind === "day" ? table.rows : table.rows.slice(0, MOST);
  const number = (row: (typeof shown)[number], id: string) => Number(row.cells[id] ?? 0);
  const most = Math.max(1, ...shown.flatMap((row) => chart.values.map((id) => number(row, id))));
  const name = (row: (typeof shown)[number]) => {
    const cell = String(row.cells[chart.label] ?? "–");
    if (kind === "day") return day(cell, i18n.language);
    if (kind === "status") return t(`status.${cell as keyof Texts["status"]}`);
    return kind === "name" ? words(cell) : cell;
  };
  return (
    <figure className={classes.bars} aria-label={t("bars")}>
      {chart.values.length > 1 && (
        <figcaption className={classes.legend}>
          {chart.values.map((id, place) => (
            <span key={id}>
              <span aria-hidden="true" className={classes.swatch} style={{ background: SERIES[place] }} data-series={place} />
              {t(`column.${id as keyof Texts["column"]}`)}
            </span>
          ))}
        </figcaption>
      )}
      <ul>
        {shown.map((row) => (
          <li key={row.id}>
            <Text size="xs" truncate title={name(row)}>
              {name(row)}
            </Text>
            <div>
              {chart.values.map((id, place) => (
                <div key={id} className={classes.bar}>
                  <span
                    aria-hidden="true"
                    data-series={place}
                    style={{ inlineSize: `${(number(row, id) / most) * 82}%`, background: SERIES[place] }}
                  />
                  <Text span size="xs" className="number">
                    {number(row, id)}
                  </Text>
                </div>
              ))}
            </div>
          </li>
        ))}
      </ul>
    </figure>
  );
}

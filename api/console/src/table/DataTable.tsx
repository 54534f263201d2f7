import { ActionIcon, Checkbox, Menu, Text } from "@mantine/core";
import {
  createSortedRowModel,
  rowSortingFeature,
  sortFns,
  tableFeatures,
  useTable,
  type ColumnDef,
  type SortingState,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { ActionMenu } from "../shell/ActionMenu";
import { usePreferences } from "../shell/preferences";
import { usePrinting } from "../shell/printing";
import { useKeys } from "../shell/shortcuts";
import { useToldFailure } from "../tasks/work";
import type { Column } from "./columns";
import { csv, json, save } from "./export";
import classes from "./table.module.css";

const HEIGHTS = { comfortable: 44, compact: 34 };
const OVERSCAN = 10;
/** What takes the room that is left is never squeezed to a word below the other. */
const GROWING = 190;
const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });

export interface DataTableProps<Row> {
  /** What the table is of, for those who hear it. */
  label: string;
  /** Without an ending: exports are `name.csv` and `name.json`. */
  file: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  id: (row: Row) => string;
  onOpen?: (row: Row) => void;
  /** Selected ids; without it rows cannot be selected. */
  selected?: ReadonlySet<string>;
  onSelect?: (selected: ReadonlySet<string>) => void;
  /** Called when the last rows come into sight: ask for the next page. */
  onEnd?: () => void;
  /** Every row of the filter, for exports; without it what is loaded is exported. */
  all?: () => Promise<readonly Row[]>;
  /** How many rows there are in all, where more than the loaded ones are known of. */
  total?: number;
  /** At most so high, in pixels; a short table is as high as its rows. */
  height?: number;
  tools?: ReactNode;
  /** Whether `j`, `k` and `x` are this table's: of several on a page one may have them. Arrows work in each. */
  letters?: boolean;
}

/**
 * Rows of anything: sorted by a click on a header, moved through with `j` and `k`, selected with `x`, opened with
 * `Enter`, exported as CSV and JSON. Only the rows in sight are drawn, so 10,000 scroll like 10.
 */
export function DataTable<Row extends object>(props: DataTableProps<Row>) {
  const { columns, rows, id, onOpen, selected, onSelect, onEnd, height = 640 } = props;
  const { t } = useTranslation();
  const { density } = usePreferences();
  const [sorting, setSorting] = useState<SortingState>([]);
  const [place, setPlace] = useState(-1);
  const scroller = useRef<HTMLDivElement>(null);
  const definitions = useMemo(
    () =>
      columns.map(
        (column): ColumnDef<typeof features, Row> => ({
          id: column.id,
          accessorFn: (row) => column.value(row) ?? undefined,
          sortUndefined: "last",
          sortFn: "auto",
        }),
      ),
    [columns],
  );
  const table = useTable({
    features,
    columns: definitions,
    data: rows,
    getRowId: id,
    state: { sorting },
    onSortingChange: setSorting,
  });
  const shown = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHTS[density],
    overscan: OVERSCAN,
  });
  useEffect(() => virtual.measure(), [density, virtual]);
  // Paper does not scroll: every row that is loaded is printed.
  const printing = usePrinting();
  const items = printing ? shown.map((_row, index) => ({ index, size: HEIGHTS[density] })) : virtual.getVirtualItems();
  const before = printing ? 0 : (virtual.getVirtualItems()[0]?.start ?? 0);
  const after = printing ? 0 : virtual.getTotalSize() - (virtual.getVirtualItems().at(-1)?.end ?? 0);
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - OVERSCAN) onEnd?.();
  }, [last, rows.length, onEnd]);

  const move = (to: number) => {
    if (shown.length === 0) return;
    const next = Math.max(0, Math.min(shown.length - 1, to));
    setPlace(next);
    virtual.scrollToIndex(next);
    // At once where it is drawn: whoever presses `j` and `Enter` quickly means the row that `j` led to.
    const reached = () => scroller.current?.querySelector<HTMLElement>(`[data-place="${next}"]`);
    if (reached()) reached()?.focus();
    else requestAnimationFrame(() => reached()?.focus());
  };
  const toggle = (key: string) => {
    if (!selected || !onSelect) return;
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    onSelect(next);
  };
  // Rows are drawn anew only where something of theirs has changed: what they call stays the same, whoever is called.
  const latest = useRef({ onOpen, toggle, move });
  latest.current = { onOpen, toggle, move };
  const open = useCallback((row: object) => latest.current.onOpen?.(row as Row), []);
  const flip = useCallback((key: string) => latest.current.toggle(key), []);
  const go = useCallback((to: number) => latest.current.move(to), []);
  const present = shown[place];
  useKeys({
    j: () => move(place + 1),
    k: () => move(place - 1),
    x: () => present && toggle(present.id),
  }, props.letters ?? true);
  const allSelected = selected !== undefined && rows.length > 0 && rows.every((row) => selected.has(id(row)));

  return (
    <section className="surface" aria-label={props.label}>
      <div className={`${classes.tools} no-print`}>
        {props.tools}
        <Text size="xs" c="dimmed" className="number" style={{ marginInlineStart: "auto" }}>
          {t("table.rows", { count: props.total ?? rows.length })}
        </Text>
        <ExportMenu {...props} />
      </div>
      <div ref={scroller} className={classes.scroller} style={{ maxBlockSize: height }} tabIndex={-1}>
        <table className={classes.table} aria-rowcount={shown.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              {selected && (
                <th scope="col" className={classes.check}>
                  <Checkbox
                    size="xs"
                    aria-label={t("table.selectAll")}
                    checked={allSelected}
                    indeterminate={!allSelected && selected.size > 0}
                    onChange={() => onSelect?.(allSelected ? new Set() : new Set(rows.map(id)))}
                  />
                </th>
              )}
              {columns.map((column) => (
                <Header key={column.id} column={column} sorting={sorting} onSort={setSorting} />
              ))}
            </tr>
          </thead>
          <tbody>
            {before > 0 && <tr aria-hidden="true" style={{ blockSize: before }} />}
            {items.map((item) => {
              const row = shown[item.index];
              if (row === undefined) return null;
              return (
                <RowView
                  key={row.id}
                  row={row.original}
                  id={row.id}
                  place={item.index}
                  size={item.size}
                  columns={columns as readonly Column<object>[]}
                  selected={selected?.has(row.id)}
                  reached={item.index === Math.max(place, 0)}
                  onReach={setPlace}
                  onOpen={open}
                  onToggle={flip}
                  onMove={go}
                />
              );
            })}
            {after > 0 && <tr aria-hidden="true" style={{ blockSize: after }} />}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface RowProps {
  row: object;
  id: string;
  place: number;
  size: number;
  columns: readonly Column<object>[];
  /** Undefined where rows cannot be selected. */
  selected: boolean | undefined;
  reached: boolean;
  onReach: (place: number) => void;
  onOpen: (row: object) => void;
  onToggle: (id: string) => void;
  onMove: (to: number) => void;
}

const RowView = memo(function RowView({ row, id, place, size, columns, selected, reached, onReach, onOpen, onToggle, onMove }: RowProps) {
  const { t } = useTranslation();
  const pressed = (event: KeyboardEvent<HTMLTableRowElement>) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter") onOpen(row);
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    onMove(place + (event.key === "ArrowDown" ? 1 : -1));
  };
  return (
    <tr
      data-place={place}
      data-row={id}
      data-selected={selected || undefined}
      aria-rowindex={place + 2}
      tabIndex={reached ? 0 : -1}
      style={{ blockSize: size }}
      onFocus={() => onReach(place)}
      onKeyDown={pressed}
      onDoubleClick={() => onOpen(row)}
    >
      {selected !== undefined && (
        <td className={classes.check}>
          <Checkbox
            size="xs"
            tabIndex={-1}
            aria-label={t("table.select", { name: String(columns[0]?.value(row) ?? id) })}
            checked={selected}
            onChange={() => onToggle(id)}
          />
        </td>
      )}
      {columns.map((column) => (
        <td key={column.id} className={column.numeric ? classes.numeric : undefined}>
          {column.cell ? column.cell(row) : String(column.value(row) ?? "–")}
        </td>
      ))}
    </tr>
  );
});

function Header<Row>({ column, sorting, onSort }: { column: Column<Row>; sorting: SortingState; onSort: (to: SortingState) => void }) {
  const present = sorting.find((one) => one.id === column.id);
  const next = present === undefined ? [{ id: column.id, desc: false }] : present.desc ? [] : [{ id: column.id, desc: true }];
  return (
    <th
      scope="col"
      aria-sort={present === undefined ? "none" : present.desc ? "descending" : "ascending"}
      className={column.numeric ? classes.numeric : undefined}
      style={{ minInlineSize: column.width ?? (column.grow ? GROWING : undefined), inlineSize: column.grow ? "100%" : undefined }}
    >
      {/* On paper a head that is repeated on every page shows text, and no button. */}
      <span className={`${classes.header} print-only`}>{column.header}</span>
      <button type="button" className={`${classes.header} no-print`} onClick={() => onSort(next)}>
        {column.header}
        <span aria-hidden="true">{present === undefined ? "" : present.desc ? "↓" : "↑"}</span>
      </button>
    </th>
  );
}

function ExportMenu<Row extends object>({ file, columns, rows, all }: DataTableProps<Row>) {
  const { t } = useTranslation();
  const failed = useToldFailure();
  const [busy, setBusy] = useState(false);
  const hand = async (kind: "csv" | "json") => {
    setBusy(true);
    try {
      const found = all ? await all() : rows;
      const [type, write] = kind === "csv" ? ["text/csv", csv<Row>] as const : ["application/json", json<Row>] as const;
      save(`${file}.${kind}`, type, write(columns, found));
    } catch (error) {
      failed(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <ActionMenu
      button={
        <ActionIcon variant="subtle" size="md" aria-label={t("table.export")} loading={busy}>
          ⤓
        </ActionIcon>
      }
    >
      <Menu.Item onClick={() => void hand("csv")}>CSV</Menu.Item>
      <Menu.Item onClick={() => void hand("json")}>JSON</Menu.Item>
    </ActionMenu>
  );
}

import { ActionIcon, Anchor, Button, Code, Group, Menu, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Fragment, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { ActionMenu } from "../shell/ActionMenu";
import { useKeys } from "../shell/shortcuts";
import { Value } from "../states/Value";
import type { Column } from "../table/columns";
import { csv, json, save } from "../table/export";
import { CaseLink } from "./CaseLink";
import type { AuditSearch } from "./filter";
import type { Entry } from "./queries";
import { kindInWords, taskIn } from "./words";
import classes from "./audit.module.css";
import "./texts";

const WORKER = "worker";

/** To the second: entries stand close to each other. */
function exactly(at: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "medium" }).format(new Date(at));
}

interface Props {
  entries: readonly Entry[];
  onFilter: (changed: AuditSearch) => void;
}

export function useWho(): (entry: Entry) => string {
  const { t } = useTranslation("audit");
  return (entry) => (entry.actor === WORKER ? t("automatic") : entry.actor_name || entry.actor);
}

/** The trail as a list: a row an entry, which opens to show its values and what chains it. */
export function Entries({ entries, onFilter }: Props) {
  const { t } = useTranslation("audit");
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  const [place, setPlace] = useState(-1);
  const body = useRef<HTMLTableSectionElement>(null);
  const toggle = (seq: number) =>
    setOpen((before) => {
      const after = new Set(before);
      if (!after.delete(seq)) after.add(seq);
      return after;
    });
  const move = (to: number) => {
    const next = Math.max(0, Math.min(entries.length - 1, to));
    setPlace(next);
    const row = body.current?.querySelector<HTMLElement>(`[data-place="${next}"]`);
    row?.focus();
    row?.scrollIntoView({ block: "nearest" });
  };
  useKeys({ j: () => move(place + 1), k: () => move(place - 1) });
  const pressed = (event: KeyboardEvent, seq: number) => {
    if (event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
    event.preventDefault();
    toggle(seq);
  };
  return (
    <table className={classes.entries}>
      <thead>
        <tr>
          <th scope="col" className={classes.turn} aria-hidden="true" />
          {(["seq", "at", "kind", "who", "case", "step"] as const).map((column) => (
            <th key={column} scope="col" data-column={column}>
              {t(`columns.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody ref={body}>
        {entries.map((entry, number) => (
          <Fragment key={entry.seq}>
            <tr
              data-entry={entry.seq}
              data-place={number}
              data-open={open.has(entry.seq) || undefined}
              tabIndex={number === Math.max(place, 0) ? 0 : -1}
              onFocus={() => setPlace(number)}
              onKeyDown={(event) => pressed(event, entry.seq)}
            >
              <Row entry={entry} open={open.has(entry.seq)} onToggle={() => toggle(entry.seq)} />
            </tr>
            {open.has(entry.seq) && (
              <tr className={classes.opened} id={`entry-${entry.seq}`}>
                <td colSpan={7}>
                  <Values entry={entry} onFilter={onFilter} />
                </td>
              </tr>
            )}
          </Fragment>
        ))}
      </tbody>
    </table>
  );
}

function Row({ entry, open, onToggle }: { entry: Entry; open: boolean; onToggle: () => void }) {
  const { t, i18n } = useTranslation("audit");
  const who = useWho();
  return (
    <>
      <td className={classes.turn}>
        <ActionIcon
          variant="subtle"
          size="sm"
          tabIndex={-1}
          aria-expanded={open}
          aria-controls={open ? `entry-${entry.seq}` : undefined}
          aria-label={t("open", { seq: entry.seq })}
          onClick={onToggle}
        >
          {open ? "▾" : "▸"}
        </ActionIcon>
      </td>
      <td className="number" data-column="seq">
        {entry.seq}
      </td>
      <td className="number">{exactly(entry.at, i18n.language)}</td>
      <td>
        <Text span size="sm" fw={550}>
          {kindInWords(entry.kind, t("kinds", { returnObjects: true }))}
        </Text>
      </td>
      <td>{entry.actor === WORKER ? <Text span size="sm" c="dimmed">{who(entry)}</Text> : who(entry)}</td>
      <td>
        {entry.case && (
          <CaseLink id={entry.case}>
            {/* What is written down elsewhere is the whole id: nobody can follow a link on paper. */}
            <span className="no-print">{entry.case.slice(0, 8)}</span>
            <span className="print-only">{entry.case}</span>
          </CaseLink>
        )}
      </td>
      <td>{entry.step && <Code>{entry.step}</Code>}</td>
    </>
  );
}

function Values({ entry, onFilter }: { entry: Entry; onFilter: (changed: AuditSearch) => void }) {
  const { t } = useTranslation("audit");
  const who = useWho();
  const names = Object.keys(entry.values);
  const task = taskIn(entry.values);
  const shown = Object.fromEntries(Object.entries(entry.values).map(([name, value]) => [name, value ?? t("erased")]));
  const of = entry.case;
  return (
    <div className={classes.values}>
      {names.length === 0 ? <Text size="sm">{t("noValues")}</Text> : <Value value={shown} />}
      <Text size="xs" c="dimmed" className={classes.hashes}>
        <Code>{entry.kind}</Code> · {t("hash")} <Code>{entry.hash}</Code> · {t("previousHash")} <Code>{entry.previous_hash}</Code>
      </Text>
      <Group gap="xs" className="no-print">
        {of && <CaseLink id={of}>{t("openCase")}</CaseLink>}
        {task && (
          <Anchor size="sm" renderRoot={(props) => <Link to="/tasks/$taskId" params={{ taskId: task }} {...props} />}>
            {t("openTask")}
          </Anchor>
        )}
        {of && (
          <Button size="compact-xs" variant="default" onClick={() => onFilter({ case: of })}>
            {t("onlyCase")}
          </Button>
        )}
        <Button size="compact-xs" variant="default" onClick={() => onFilter({ by: entry.actor })}>
          {t("onlyWho", { name: who(entry) })}
        </Button>
        <Button size="compact-xs" variant="default" onClick={() => onFilter({ kind: entry.kind })}>
          {t("onlyKind", { kind: kindInWords(entry.kind, t("kinds", { returnObjects: true })) })}
        </Button>
      </Group>
    </div>
  );
}

/** What was found, as a file; the signed proof is the dossier. */
export function SaveEntries({ entries }: { entries: readonly Entry[] }) {
  const { t } = useTranslation("audit");
  const who = useWho();
  const columns: Column<Entry>[] = [
    { id: "seq", header: t("columns.seq"), value: (entry) => entry.seq },
    { id: "at", header: t("columns.at"), value: (entry) => entry.at },
    { id: "kind", header: t("columns.kind"), value: (entry) => entry.kind },
    { id: "actor", header: t("columns.who"), value: who },
    { id: "case", header: t("columns.case"), value: (entry) => entry.case ?? null },
    { id: "step", header: t("columns.step"), value: (entry) => entry.step ?? null },
    { id: "values", header: t("filter.words"), value: (entry) => JSON.stringify(entry.values) },
    { id: "hash", header: t("hash"), value: (entry) => entry.hash },
  ];
  return (
    <ActionMenu
      button={
        <ActionIcon variant="subtle" size="md" aria-label={t("export")}>
          ⤓
        </ActionIcon>
      }
    >
      <Menu.Item onClick={() => save("audit.csv", "text/csv", csv(columns, entries))}>CSV</Menu.Item>
      <Menu.Item onClick={() => save("audit.json", "application/json", json(columns, entries))}>JSON</Menu.Item>
    </ActionMenu>
  );
}

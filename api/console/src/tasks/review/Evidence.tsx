import { Accordion, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { percent, plain, words } from "../../format/values";
import { Tone } from "../../states/Tone";
import type { TaskDetail } from "../work";
import classes from "./review.module.css";

const REPORT_MS = 20_000;

/**
 * Everything the task was shown with. What is open, and for how long, is reported: how carefully people look is a
 * measure that Interlock keeps, and whoever is measured is told so here.
 */
export function Evidence({ task }: { task: TaskDetail }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<string[]>([]);
  useSeen(task.id, open, task.decided_at === null);
  const sections = Object.entries(task.evidence).filter(([, value]) => value !== null && !isBlank(value));
  if (sections.length === 0) return <Text size="sm">{t("review.noEvidence")}</Text>;
  return (
    <>
      <Text size="xs" c="dimmed" mb="xs">
        {t("review.seenNote")}
      </Text>
      <Accordion multiple value={open} onChange={setOpen} variant="contained" order={3}>
        {sections.map(([name, value]) => (
          <Accordion.Item key={name} value={name}>
            <Accordion.Control>{words(name)}</Accordion.Control>
            <Accordion.Panel>{open.includes(name) && <Value value={value} />}</Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </>
  );
}

const isBlank = (value: unknown): boolean =>
  value === "" || (typeof value === "object" && value !== null && Object.keys(value).length === 0);

interface FactLike {
  value: unknown;
  confidence?: number | string;
  source: { kind?: string; reader?: string; page?: number };
}

const isFact = (value: unknown): value is FactLike =>
  typeof value === "object" && value !== null && "value" in value && "source" in value;

function Value({ value }: { value: unknown }) {
  const { t, i18n } = useTranslation();
  const texts = { yes: t("value.yes"), no: t("value.no"), none: t("value.none") };
  if (isFact(value)) {
    const known = `source.${String(value.source?.kind)}`;
    return (
      <>
        {plain(value.value, i18n.language, texts)}{" "}
        <Text span size="xs" c="dimmed">
          {i18n.exists(known) ? String(t(known as never)) : ""}
          {value.confidence !== undefined && Number(value.confidence) < 1 && ` · ${percent(Number(value.confidence), i18n.language)}`}
        </Text>
      </>
    );
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return <>{texts.none}</>;
    return (
      <ol style={{ margin: 0, paddingInlineStart: 18 }}>
        {value.map((one, place) => (
          // A list of evidence has no other identity than its order, and never changes while it is shown.
          <li key={place}>
            <Value value={one} />
          </li>
        ))}
      </ol>
    );
  }
  if (typeof value === "object" && value !== null) {
    return (
      <table className={classes.facts}>
        <tbody>
          {Object.entries(value)
            .filter(([, one]) => one !== null)
            .map(([name, one]) => (
              <tr key={name}>
                <th scope="row">{words(name)}</th>
                <td>
                  <Value value={one} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    );
  }
  if (typeof value === "boolean") return <Tone tone={value ? "good" : "quiet"}>{value ? texts.yes : texts.no}</Tone>;
  return <>{plain(value, i18n.language, texts)}</>;
}

/** Report what is open, now and again while the page is in sight; that it cannot be reported disturbs nobody. */
function useSeen(task: string, open: string[], asked: boolean): void {
  const counted = useRef<Record<string, number>>({});
  const shown = useRef(open);
  shown.current = open;
  useEffect(() => {
    if (!asked) return undefined;
    const report = () => {
      const evidence = counted.current;
      counted.current = {};
      api.POST("/tasks/{task_id}/seen", { params: { path: { task_id: task } }, body: { evidence } }).catch(() => {});
    };
    report();
    const second = setInterval(() => {
      if (document.visibilityState !== "visible") return;
      for (const name of shown.current) counted.current[name] = (counted.current[name] ?? 0) + 1;
    }, 1000);
    const often = setInterval(() => document.visibilityState === "visible" && report(), REPORT_MS);
    return () => {
      clearInterval(second);
      clearInterval(often);
      if (Object.keys(counted.current).length > 0) report();
    };
  }, [task, asked]);
}

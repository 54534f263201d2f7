import { Accordion, Text } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { words } from "../../format/values";
import { Value } from "../../states/Value";
import type { TaskDetail } from "../work";

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

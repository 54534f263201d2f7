import { Button, Group, Progress, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { keys } from "../api/keys";
import { instant } from "../format/values";
import { useMay } from "../session/session";
import { announce } from "../shell/announcer";
import { Failure } from "../states/states";
import { Tone, type ToneName } from "../states/Tone";
import { ActionDialog } from "../tasks/review/ActionDialog";
import { isUnderWay, partsOf } from "./progress";
import { failuresQuery, operationQuery, type Operation } from "./queries";
import classes from "./incidents.module.css";

const TONES: Record<string, ToneName> = { running: "warning", done: "good", stopped: "danger", cancelled: "quiet" };
const COLOURS = { done: "green.8", failed: "red.8", moving: "signal.6", left: "gray.6", waiting: "gray.4" } as const;
const RIGHTS: Record<Operation["kind"], string> = {
  retry: "incident.retry",
  apply: "incident.retry",
  close: "incident.retry",
  correct: "case.steer",
  skip: "case.steer",
  reroute: "case.steer",
  cancel: "case.cancel",
  suspend: "case.suspend",
  resume: "case.suspend",
  reassign: "task.assign",
};

/** One order about a group: how far it is, in words and as a bar, what failed again, and a way to stop it. */
export function OperationPanel({ id }: { id: string }) {
  const { t, i18n } = useTranslation("incidents");
  const client = useQueryClient();
  const found = useQuery(operationQuery(id));
  const operation = found.data;
  const running = operation ? isUnderWay(operation) : false;
  const was = useRef(running);
  useEffect(() => {
    if (was.current && !running && operation) {
      announce(t("operation.ended", { done: operation.done, total: operation.total }));
      void client.invalidateQueries({ queryKey: keys.incidents.all });
    }
    was.current = running;
  }, [running, operation, client, t]);
  if (found.error && !operation) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!operation) return null;
  const parts = partsOf(operation);
  return (
    <section className={`surface ${classes.part}`} aria-label={t(running ? "operation.title" : "operation.last")} data-operation={operation.status}>
      <Group justify="space-between" mb={8}>
        <Group gap="xs">
          <Title order={2}>{t(`operation.kind.${operation.kind}`)}</Title>
          <Tone tone={TONES[operation.status]}>{t(`operation.${operation.status}` as "operation.done")}</Tone>
          <Text size="sm" c="dimmed">
            {instant(operation.ordered_at, i18n.language)} · “{operation.reason}”
          </Text>
        </Group>
        <CancelOperation operation={operation} />
      </Group>
      <Progress.Root size={14} radius="sm" aria-label={t("operation.title")}>
        {parts.map((part) => (
          <Progress.Section
            key={part.name}
            value={part.share}
            color={COLOURS[part.name]}
            aria-label={t(`operation.part.${part.name}`)}
            aria-valuetext={`${part.count}`}
          />
        ))}
      </Progress.Root>
      <Group gap="sm" mt={8}>
        <Text size="sm" fw={550} className="number">
          {t("operation.progress", { done: operation.done, total: operation.total })}
        </Text>
        {parts
          .filter((part) => part.name !== "done")
          .map((part) => (
            <Text key={part.name} size="sm" c="dimmed" className="number">
              {part.count} {t(`operation.part.${part.name}`)}
            </Text>
          ))}
        {operation.status === "running" && operation.done + operation.failed < operation.canary && operation.total > operation.canary && (
          <Text size="sm" c="dimmed">
            {t("operation.canary", { count: operation.canary })}
          </Text>
        )}
      </Group>
      {operation.why && <Text size="sm">{operation.why}</Text>}
      {operation.failed > 0 && !running && <Failures id={operation.id} />}
    </section>
  );
}

function CancelOperation({ operation }: { operation: Operation }) {
  const { t } = useTranslation("incidents");
  const client = useQueryClient();
  const may = useMay(RIGHTS[operation.kind]);
  const [asking, setAsking] = useState(false);
  const cancelled = useMutation({
    mutationFn: (reason: string) =>
      take(api.POST("/operations/{operation_id}/cancel", { params: { path: { operation_id: operation.id } }, body: { reason } })),
    onSuccess: () => setAsking(false),
    onSettled: () => client.invalidateQueries({ queryKey: keys.incidents.all }),
  });
  if (!may || operation.status !== "running") return null;
  return (
    <>
      <Button size="xs" variant="default" className="danger-button" onClick={() => setAsking(true)}>
        {t("operation.cancel")}
      </Button>
      {asking && (
        <ActionDialog
          wanted={{
            title: t("operation.cancelTitle"),
            text: t("operation.cancelText"),
            confirm: t("operation.cancel"),
            reason: "required",
            danger: true,
          }}
          error={cancelled.error}
          busy={cancelled.isPending}
          onConfirm={({ reason }) => cancelled.mutate(reason)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

function Failures({ id }: { id: string }) {
  const { t } = useTranslation("incidents");
  const found = useQuery(failuresQuery(id));
  const alike = new Map<string, number>();
  for (const item of found.data?.items ?? []) alike.set(`${item.message} (${item.code})`, (alike.get(`${item.message} (${item.code})`) ?? 0) + 1);
  return (
    <>
      <Text size="sm" fw={550} mt={6}>
        {t("operation.failures")}
      </Text>
      {[...alike].map(([text, count]) => (
        <Text size="sm" key={text}>
          <Tone tone="danger">{count}</Tone> {text}
        </Text>
      ))}
    </>
  );
}

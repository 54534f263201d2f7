import { Button, Group, Progress, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { instant } from "../format/values";
import { announce } from "../shell/announcer";
import { Failure } from "../states/states";
import { Tone, type ToneName } from "../states/Tone";
import { CancelOperation } from "./CancelOperation";
import { Failures } from "./Failures";
import { isUnderWay, partsOf } from "./progress";
import { operationQuery, type Operation } from "./queries";
import classes from "./operations.module.css";
import "./texts";

const TONES: Record<string, ToneName> = { running: "warning", done: "good", stopped: "danger", cancelled: "quiet" };
const COLOURS = { done: "green.8", failed: "red.8", moving: "signal.6", left: "gray.6", waiting: "gray.4" } as const;

interface Props {
  id: string;
  /** Without one, it cannot be hidden. */
  onHide?: () => void;
  /** Told once for each operation that is over: whether it was seen to end, or was over when it was first looked at. */
  onOver: (seen: boolean) => void;
}

/** One order about many: how far it is, in words and as a bar, what failed, and a way to stop it. */
export function OperationPanel({ id, onHide, onOver }: Props) {
  const { t } = useTranslation("operations");
  const found = useQuery(operationQuery(id));
  const operation = found.data;
  const running = operation ? isUnderWay(operation) : false;
  const seen = useRef("");
  const told = useRef("");
  useEffect(() => {
    if (!operation) return;
    if (running) seen.current = id;
    else if (told.current !== id) {
      told.current = id;
      const ended = seen.current === id;
      if (ended) announce(t("ended", { done: operation.done, total: operation.total }));
      onOver(ended);
    }
  }, [id, running, operation, onOver, t]);
  if (found.error && !operation) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!operation) return null;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("label")} data-operation={operation.status}>
      <Heading operation={operation} onHide={onHide} />
      <Bar operation={operation} />
      {operation.why && <Text size="sm">{operation.why}</Text>}
      {operation.failed > 0 && <Failures id={operation.id} count={operation.failed} />}
    </section>
  );
}

function Heading({ operation, onHide }: { operation: Operation; onHide: (() => void) | undefined }) {
  const { t, i18n } = useTranslation("operations");
  return (
    <Group justify="space-between" mb={8}>
      <Group gap="xs">
        <Title order={2}>{t("title", { what: t(`kind.${operation.kind}`), count: operation.total })}</Title>
        <Tone tone={TONES[operation.status]}>{t(`status.${operation.status}` as "status.done")}</Tone>
        <Text size="sm" c="dimmed">
          {instant(operation.ordered_at, i18n.language)} · “{operation.reason}”
        </Text>
      </Group>
      <Group gap="xs">
        <CancelOperation operation={operation} />
        {onHide && (
          <Button size="xs" variant="subtle" onClick={onHide}>
            {t("hide")}
          </Button>
        )}
      </Group>
    </Group>
  );
}

function Bar({ operation }: { operation: Operation }) {
  const { t } = useTranslation("operations");
  const parts = partsOf(operation);
  const canary = operation.status === "running" && operation.done + operation.failed < operation.canary && operation.total > operation.canary;
  return (
    <>
      <Progress.Root size={14} radius="sm" aria-label={t("label")}>
        {parts.map((part) => (
          <Progress.Section
            key={part.name}
            value={part.share}
            color={COLOURS[part.name]}
            aria-label={t(`part.${part.name}`)}
            aria-valuetext={`${part.count}`}
          />
        ))}
      </Progress.Root>
      <Group gap="sm" mt={8}>
        <Text size="sm" fw={550} className="number">
          {t("progress", { done: operation.done, total: operation.total })}
        </Text>
        {parts
          .filter((part) => part.name !== "done")
          .map((part) => (
            <Text key={part.name} size="sm" c="dimmed" className="number">
              {part.count} {t(`part.${part.name}`)}
            </Text>
          ))}
        {canary && (
          <Text size="sm" c="dimmed">
            {t("canary", { count: operation.canary })}
          </Text>
        )}
      </Group>
    </>
  );
}

import { Button, Code, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { useMay } from "../session/session";
import { announce } from "../shell/announcer";
import { Failure } from "../states/states";
import { Tone } from "../states/Tone";
import classes from "./chat.module.css";
import { carryOut, type Card } from "./confirm";
import "./texts";

interface Props {
  card: Card;
  onAsk: (command: string) => void;
}

/** A proposed action: what it does, the call that is sent, and nothing until somebody confirms it. */
export function ActionCard({ card, onAsk }: Props) {
  const { t } = useTranslation("chat");
  const client = useQueryClient();
  const mayAudit = useMay("audit.read");
  const heading = useId();
  const sureButton = useRef<HTMLButtonElement>(null);
  const afterwards = useRef<HTMLDivElement>(null);
  const [reason, setReason] = useState("");
  const [sure, setSure] = useState(false);
  const [left, setLeft] = useState(false);
  const order = useMutation({
    mutationFn: () => carryOut(card, reason.trim()),
    onSuccess: () => announce(`${t("card.done")}: ${card.title}`),
    onSettled: () => client.invalidateQueries({ queryKey: keys.tasks.all, refetchType: "active" }),
  });
  const ready = !card.needs_reason || reason.trim() !== "";
  useEffect(() => {
    if (sure) sureButton.current?.focus();
  }, [sure]);
  useEffect(() => {
    // The button that was pressed is gone: whoever works by keyboard goes on where it was.
    if (order.isSuccess || left) afterwards.current?.focus();
  }, [order.isSuccess, left]);
  const confirm = () => {
    if (!ready || order.isPending) return;
    if (card.final && !sure) setSure(true);
    else order.mutate();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    confirm();
  };
  return (
    <section className={classes.card} aria-labelledby={heading} data-final={card.final || undefined}>
      <Title order={2} size="sm" id={heading}>
        {t("card.title", { title: card.title })}
      </Title>
      <Stack gap={6} mt={6}>
        {card.effect.map((sentence) => (
          <Text key={sentence} size="sm">
            {sentence}
          </Text>
        ))}
        {card.final && <Tone tone="danger">{t("card.final")}</Tone>}
        <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {t("card.call")}: <Code>{`${card.method} ${card.path}`}</Code>
        </Text>
        {order.isSuccess || left ? (
          <div ref={afterwards} tabIndex={-1} className={classes.after}>
            <Tone tone={left ? "quiet" : "good"}>{t(left ? "card.left" : "card.done")}</Tone>
            {order.isSuccess && mayAudit && card.case && (
              <Button size="compact-sm" variant="default" onClick={() => onAsk(`/trail ${card.case}`)}>
                {t("card.trail")}
              </Button>
            )}
          </div>
        ) : (
          <>
            {card.needs_reason && (
              <Textarea
                label={t("card.reason")}
                required
                autosize
                minRows={1}
                maxLength={2000}
                value={reason}
                onChange={(event) => setReason(event.currentTarget.value)}
                onKeyDown={pressed}
              />
            )}
            {order.error && <Failure error={order.error} />}
            <Group gap="xs">
              <Button
                ref={sureButton}
                size="xs"
                onClick={confirm}
                loading={order.isPending}
                disabled={!ready}
                color={card.final ? "red.9" : undefined}
              >
                {t(sure ? "card.sure" : "card.confirm")}
              </Button>
              <Button size="xs" variant="default" onClick={() => setLeft(true)} disabled={order.isPending}>
                {t("card.leave")}
              </Button>
            </Group>
          </>
        )}
      </Stack>
    </section>
  );
}

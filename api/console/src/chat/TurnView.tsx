import { Button, Code, CopyButton, Group, Loader, Stack, Text } from "@mantine/core";
import { memo, useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { instant } from "../format/values";
import type { Language } from "../i18n";
import { useChanges } from "../live/live";
import { Failure } from "../states/states";
import { Tone } from "../states/Tone";
import { ActionCard } from "./ActionCard";
import { AnswerTable } from "./AnswerTable";
import { Bars } from "./Bars";
import classes from "./chat.module.css";
import { lookUp } from "./queries";
import { chatStore } from "./store";
import "./texts";
import { answeredAnew, type Turn } from "./turn";

const SETTLE_MS = 1_500;
const SILENCE: readonly string[] = [];

interface Props {
  turn: Turn;
  conversation: string;
  /** Whether it keeps itself up to date: the last ones do. */
  live: boolean;
  onAsk: (command: string) => void;
  onEdit: (command: string) => void;
}

/** A question, what it was understood as, and its answer. */
export const TurnView = memo(function TurnView({ turn, conversation, live, onAsk, onEdit }: Props) {
  const { t } = useTranslation("chat");
  const { stale, error, refresh, body } = useFreshAnswer(turn, conversation, live);
  const command = turn.understood?.command;
  return (
    <article className={classes.turn} aria-label={turn.question}>
      <Text className={classes.question}>{turn.question}</Text>
      <Stack gap={8} className={classes.answer}>
        {command && <QueryLine turn={turn} command={command} onEdit={onEdit} />}
        {turn.said && (
          <blockquote className={classes.said}>
            <Text size="sm">{turn.said.text}</Text>
            <Text size="xs" c="dimmed">
              ✦ {turn.said.model ? `${t("model", { model: turn.said.model })}. ` : ""}
              {t("modelText")}
            </Text>
          </blockquote>
        )}
        {turn.text.map((sentence, place) => (
          // Sentences of one answer come in one order and stay.
          <Text key={place} size="sm">
            {sentence}
          </Text>
        ))}
        {turn.state === "asking" && (
          <Group gap="xs">
            <Loader size="xs" aria-hidden="true" />
            <Text size="sm" c="dimmed">
              {t("answering")}
            </Text>
          </Group>
        )}
        {turn.state === "broken" && (
          <div role="alert">
            <Tone tone="danger">{t("broke")}</Tone> <Text size="sm">{t("brokeDo")}</Text>
          </div>
        )}
        {turn.state === "kept" && command && (
          <Button size="compact-sm" variant="default" w="fit-content" onClick={() => void refresh()}>
            {t("again")}
          </Button>
        )}
        {error !== null && <Failure error={error} retry={() => void refresh()} />}
        {turn.table && (
          <div ref={body}>
            {stale && (
              <Button size="compact-xs" radius="xl" mb={6} onClick={() => void refresh()}>
                {t("changed")}
              </Button>
            )}
            <Bars table={turn.table} />
            <AnswerTable table={turn.table} label={turn.understood?.text || turn.question} onAsk={onAsk} />
          </div>
        )}
        {turn.cards.map((card) => (
          <ActionCard key={`${card.path} ${card.command}`} card={card} onAsk={onAsk} />
        ))}
        {turn.suggestions.length > 0 && <Suggestions turn={turn} onAsk={onAsk} />}
      </Stack>
    </article>
  );
});

function QueryLine({ turn, command, onEdit }: { turn: Turn; command: string; onEdit: (command: string) => void }) {
  const { t, i18n } = useTranslation("chat");
  const understood = turn.understood;
  return (
    <div className={classes.query}>
      {understood?.text && (
        <Text size="sm" fw={600}>
          {understood.text}
        </Text>
      )}
      <Group gap={6} wrap="wrap">
        <Code aria-label={t("query")} className={classes.command}>
          {command}
        </Code>
        <CopyButton value={command}>
          {({ copied, copy }) => (
            <Button size="compact-xs" variant="subtle" onClick={copy}>
              {t(copied ? "copied" : "copy")}
            </Button>
          )}
        </CopyButton>
        <Button size="compact-xs" variant="subtle" onClick={() => onEdit(command)}>
          {t("edit")}
        </Button>
        {understood?.source === "model" && <Tone>{t("byModel")}</Tone>}
        <Text size="xs" c="dimmed">
          {t("asOf", { time: instant(new Date(turn.at).toISOString(), i18n.language) })}
        </Text>
      </Group>
    </div>
  );
}

function Suggestions({ turn, onAsk }: { turn: Turn; onAsk: (command: string) => void }) {
  const { t } = useTranslation("chat");
  return (
    <ul className={classes.suggestions} aria-label={t("suggestions")}>
      {turn.suggestions.map((one) => (
        <li key={one.command}>
          <Button size="compact-sm" variant="default" onClick={() => onAsk(one.command)} title={one.command}>
            {one.text}
          </Button>
        </li>
      ))}
    </ul>
  );
}

/** Asks a query again after news of what it is about: at once, or when its reader says so while they are in the table. */
function useFreshAnswer(turn: Turn, conversation: string, live: boolean) {
  const { i18n } = useTranslation("chat");
  const [stale, setStale] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const body = useRef<HTMLDivElement>(null);
  const waiting = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const command = turn.understood?.command ?? null;
  const refresh = useCallback(async () => {
    if (!command) return;
    try {
      const answer = await lookUp(command, turn.beside, i18n.language as Language);
      chatStore.put(conversation, answeredAnew(turn, answer));
      setStale(false);
      setError(null);
    } catch (failed) {
      setError(failed);
    }
  }, [command, turn, conversation, i18n.language]);
  const latest = useRef(refresh);
  latest.current = refresh;
  useChanges(
    live && turn.state === "answered" && turn.understood?.kind === "query" && turn.table ? turn.table.topics : SILENCE,
    useCallback(() => {
      if (body.current?.contains(document.activeElement)) {
        setStale(true);
        return;
      }
      waiting.current ??= setTimeout(() => {
        waiting.current = undefined;
        void latest.current();
      }, SETTLE_MS);
    }, []),
  );
  useEffect(() => () => clearTimeout(waiting.current), []);
  return { stale, error, refresh, body };
}

import { Button, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import type { Language } from "../i18n";
import { announce } from "../shell/announcer";
import { Empty, Failure, Loading } from "../states/states";
import { useBeside } from "./beside";
import classes from "./chat.module.css";
import { Composer, type ComposerHandle } from "./Composer";
import { conversationQuery, lookUp } from "./queries";
import { chatStore, useTurns } from "./store";
import "./texts";
import { TurnView } from "./TurnView";
import { keptTurn } from "./turn";

const LIVE = 3;
const NOTHING: Record<string, never> = {};

interface Props {
  conversation: string;
  /** The conversation that a first question begins. */
  onBegun: (id: string) => void;
  onLeave?: () => void;
}

/** A conversation, and where the next question is typed. */
export function Conversation({ conversation, onBegun, onLeave }: Props) {
  const { t, i18n } = useTranslation("chat");
  const client = useQueryClient();
  const open = useBeside();
  const composer = useRef<ComposerHandle>(null);
  const end = useRef<HTMLDivElement>(null);
  const language = i18n.language as Language;
  const kept = useQuery(conversationQuery(conversation));
  const fresh = useTurns(conversation);
  const turns = useMemo(() => {
    const known = new Set(fresh.map((turn) => turn.place ?? turn.key));
    const earlier = (kept.data?.turns ?? []).map(keptTurn).filter((turn) => !known.has(turn.place ?? turn.key));
    return [...earlier, ...fresh];
  }, [kept.data, fresh]);
  const busy = turns.some((turn) => turn.state === "asking");
  const length = turns.length;

  useEffect(() => {
    composer.current?.focus();
  }, [conversation]);
  useEffect(() => {
    end.current?.scrollIntoView({ block: "end" });
  }, [length, busy]);
  const ask = useCallback(
    async (text: string) => {
      const turn = await chatStore.ask({ conversation, text, beside: open, language, onBegun });
      announce(turn.state === "answered" ? t("answered", { text: turn.text.join(" ") }) : t("broke"));
      void client.invalidateQueries({ queryKey: keys.chat.conversations });
    },
    [conversation, open, language, onBegun, client, t],
  );
  const onAsk = useCallback(
    (command: string) => {
      void ask(command);
      composer.current?.focus();
    },
    [ask],
  );
  const onEdit = useCallback((command: string) => composer.current?.write(command), []);
  const beside = open.task ? t("beside.task") : open.case ? t("beside.case") : null;

  return (
    <div className={classes.conversation}>
      <section className={classes.turns} aria-label={t("conversation")} tabIndex={0}>
        {kept.isLoading ? (
          <Loading />
        ) : kept.error ? (
          <Failure error={kept.error} retry={() => void kept.refetch()} />
        ) : length === 0 ? (
          <Start onAsk={onAsk} language={language} />
        ) : (
          turns.map((turn, place) => (
            <TurnView
              key={turn.key}
              turn={turn}
              conversation={conversation}
              live={place >= length - LIVE}
              onAsk={onAsk}
              onEdit={onEdit}
            />
          ))
        )}
        <div ref={end} />
      </section>
      {beside && (
        <Text size="xs" c="dimmed" px="sm">
          {beside}
        </Text>
      )}
      <Composer
        ref={composer}
        beside={open}
        busy={busy}
        asked={turns.map((turn) => turn.question)}
        onAsk={(text) => void ask(text)}
        onLeave={onLeave}
      />
    </div>
  );
}

/** What can be asked, before anything was. */
function Start({ onAsk, language }: { onAsk: (command: string) => void; language: Language }) {
  const { t } = useTranslation("chat");
  const help = useQuery({
    queryKey: [...keys.chat.completions("/help", language, undefined), "start"],
    queryFn: () => lookUp("/help", NOTHING, language),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Empty title={t("empty")}>
      {t("emptyText")}
      <span className={classes.starts}>
        {help.data?.suggestions.map((one) => (
          <Button key={one.command} size="compact-sm" variant="default" onClick={() => onAsk(one.command)} title={one.command}>
            {one.text}
          </Button>
        ))}
      </span>
    </Empty>
  );
}

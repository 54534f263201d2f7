import { ActionIcon, Button, Menu, Group, Text, Title } from "@mantine/core";
import { useInfiniteQuery, useMutation, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { instant } from "../format/values";
import type { Language } from "../i18n";
import { Dialog } from "../shell/Dialog";
import { ActionMenu } from "../shell/ActionMenu";
import { Failure, Loading } from "../states/states";
import { save } from "../table/export";
import { useToldFailure } from "../tasks/work";
import classes from "./chat.module.css";
import { conversationsQuery } from "./queries";
import { chatStore } from "./store";
import "./texts";

type One = Schemas["ChatConversation"];

/** One's own earlier conversations: opened, exported, deleted. */
export function History({ present }: { present: string }) {
  const { t, i18n } = useTranslation("chat");
  const list = useInfiniteQuery(conversationsQuery);
  const [leaving, setLeaving] = useState<One | null>(null);
  const found = list.data?.pages.flatMap((page) => page.conversations) ?? [];
  return (
    <nav className={classes.history} aria-label={t("history.title")}>
      <Title order={2} size="sm" px={6} mb={6}>
        {t("history.title")}
      </Title>
      {list.isPending ? (
        <Loading />
      ) : list.error ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : found.length === 0 ? (
        <Text size="sm" c="dimmed" px={6}>
          {t("history.empty")}
        </Text>
      ) : (
        <ul>
          {found.map((one) => (
            <li key={one.id} data-present={one.id === present || undefined}>
              <Link to="/chat/$conversationId" params={{ conversationId: one.id }} aria-current={one.id === present ? "page" : undefined}>
                <span title={one.title}>{one.title}</span>
                <small>{instant(one.updated_at, i18n.language)}</small>
              </Link>
              <Deeds one={one} onDrop={() => setLeaving(one)} />
            </li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <Button size="compact-sm" variant="subtle" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
          {t("history.more")}
        </Button>
      )}
      {leaving && <DropDialog one={leaving} present={present} onClose={() => setLeaving(null)} />}
    </nav>
  );
}

function Deeds({ one, onDrop }: { one: One; onDrop: () => void }) {
  const { t, i18n } = useTranslation("chat");
  const failed = useToldFailure();
  const hand = async (format: "markdown" | "json") => {
    try {
      const query = { format, language: i18n.language as Language };
      const params = { path: { conversation_id: one.id }, query };
      const text = await take(api.GET("/chat/conversations/{conversation_id}/export", { params, parseAs: "text" }));
      save(format === "json" ? "chat.json" : "chat.md", format === "json" ? "application/json" : "text/markdown", String(text));
    } catch (error) {
      failed(error);
    }
  };
  return (
    <ActionMenu
      button={
        <ActionIcon variant="subtle" size="sm" aria-label={`${t("history.export")}, ${t("history.drop")}: ${one.title}`}>
          ⋯
        </ActionIcon>
      }
    >
      <Menu.Label>{t("history.export")}</Menu.Label>
      <Menu.Item onClick={() => void hand("markdown")}>{t("history.markdown")}</Menu.Item>
      <Menu.Item onClick={() => void hand("json")}>{t("history.json")}</Menu.Item>
      <Menu.Divider />
      <Menu.Item onClick={onDrop}>{t("history.drop")}</Menu.Item>
    </ActionMenu>
  );
}

function DropDialog({ one, present, onClose }: { one: One; present: string; onClose: () => void }) {
  const { t } = useTranslation("chat");
  const common = useTranslation().t;
  const client = useQueryClient();
  const navigate = useNavigate();
  const drop = useMutation({
    mutationFn: () => take(api.DELETE("/chat/conversations/{conversation_id}", { params: { path: { conversation_id: one.id } } })),
    onSuccess: async () => {
      chatStore.forget(one.id);
      if (present === one.id) await navigate({ to: "/chat" });
      await client.invalidateQueries({ queryKey: keys.chat.conversations });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={t("history.dropOf", { title: one.title })}>
      <Text size="sm">{t("history.sure")}</Text>
      {drop.error && <Failure error={drop.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>
          {common("action.cancel")}
        </Button>
        <Button color="red.9" loading={drop.isPending} onClick={() => drop.mutate()} data-autofocus>
          {t("history.drop")}
        </Button>
      </Group>
    </Dialog>
  );
}

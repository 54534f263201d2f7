import { ActionIcon, AppShell, CloseButton, Group, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useWhoami } from "../session/session";
import classes from "./chat.module.css";
import { Conversation } from "./Conversation";
import { chatStore, FRESH, usePanelConversation } from "./store";
import "./texts";

/** The chat beside any screen. */
export default function ChatPanel({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("chat");
  const title = useTranslation().t("place.chat");
  chatStore.belongTo(useWhoami().id);
  const conversation = usePanelConversation();
  const begun = useCallback((id: string) => chatStore.show(id), []);
  return (
    <AppShell.Aside className={classes.panel} aria-label={title}>
      <Group justify="space-between" px="sm" py={6} wrap="nowrap">
        <Title order={2}>{title}</Title>
        <Group gap={4}>
          {conversation !== FRESH && (
            <>
              <ActionIcon variant="subtle" aria-label={t("fresh")} title={t("fresh")} onClick={() => chatStore.show(FRESH)}>
                +
              </ActionIcon>
              <ActionIcon
                variant="subtle"
                aria-label={t("whole")}
                title={t("whole")}
                renderRoot={(props) => <Link {...props} to="/chat/$conversationId" params={{ conversationId: conversation }} />}
              >
                ⤢
              </ActionIcon>
            </>
          )}
          <CloseButton aria-label={t("close")} onClick={onClose} />
        </Group>
      </Group>
      <Conversation conversation={conversation} onBegun={begun} onLeave={onClose} />
    </AppShell.Aside>
  );
}

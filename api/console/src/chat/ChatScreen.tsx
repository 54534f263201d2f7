import { Button, Group, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useNavigate } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useWhoami } from "../session/session";
import classes from "./chat.module.css";
import { Conversation } from "./Conversation";
import { History } from "./History";
import { chatStore, FRESH } from "./store";
import "./texts";

/** The chat as a screen: a conversation, with the earlier ones beside it. */
export function ChatScreen({ conversation }: { conversation: string }) {
  const { t } = useTranslation("chat");
  const title = useTranslation().t("place.chat");
  const navigate = useNavigate();
  chatStore.belongTo(useWhoami().id);
  useDocumentTitle(`${title} · Interlock`);
  const begun = useCallback(
    (id: string) => void navigate({ to: "/chat/$conversationId", params: { conversationId: id }, replace: true }),
    [navigate],
  );
  return (
    <div className={classes.screen}>
      <History present={conversation} />
      <div className={classes.main}>
        <Group justify="space-between" px="sm" py={6}>
          <Title order={1}>{title}</Title>
          {conversation !== FRESH && (
            <Button size="xs" variant="default" onClick={() => void navigate({ to: "/chat" })}>
              {t("fresh")}
            </Button>
          )}
        </Group>
        <Conversation conversation={conversation} onBegun={begun} />
      </div>
    </div>
  );
}

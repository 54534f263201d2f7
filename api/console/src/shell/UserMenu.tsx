import { Button, Menu } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ActionMenu } from "./ActionMenu";
import { useWhoami } from "../session/session";

/** Who is at work, with which roles, and what concerns only them. */
export default function UserMenu({ onSettings, onSignOut }: { onSettings: () => void; onSignOut: () => void }) {
  const { t } = useTranslation();
  const who = useWhoami();
  return (
    <ActionMenu
      button={
        <Button variant="subtle" size="compact-sm">
          {who.name}
        </Button>
      }
    >
      <Menu.Label>{who.roles.join(", ")}</Menu.Label>
      <Menu.Item onClick={onSettings}>{t("settings.title")}</Menu.Item>
      <Menu.Item onClick={onSignOut}>{t("session.signOut")}</Menu.Item>
    </ActionMenu>
  );
}

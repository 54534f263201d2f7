import { ActionIcon, AppShell, Burger, Group, Kbd, Text, UnstyledButton } from "@mantine/core";
import { useDisclosure, useHotkeys } from "@mantine/hooks";
import { Notifications } from "@mantine/notifications";
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useRouterState } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { LiveConnection, useLiveState } from "../live/live";
import { signOut, useSessionOver, useWhoami } from "../session/session";
import { peekQuery } from "../tasks/queue/queries";
import { useToldFailure } from "../tasks/work";
import { Announcer } from "./announcer";
import { permittedPlaces } from "./places";
import { useInk } from "./printing";
import { useKeys } from "./shortcuts";

const Palette = lazy(() => import("./Palette"));
const UserMenu = lazy(() => import("./UserMenu"));
const HelpDialog = lazy(() => import("./HelpDialog"));
const PreferencesDialog = lazy(() => import("./PreferencesDialog"));
const ChatPanel = lazy(() => import("../chat/ChatPanel"));
const SessionDialog = lazy(() => import("../session/SessionDialog"));
const MINE = { tab: "mine", words: "", overdue: false } as const;

/** The frame around every screen of somebody who is signed in. */
export default function Shell() {
  const { t } = useTranslation();
  const who = useWhoami();
  const navigate = useNavigate();
  const failed = useToldFailure();
  const [menu, { toggle, close }] = useDisclosure(false);
  const [help, setHelp] = useState(false);
  const [settings, setSettings] = useState(false);
  const [palette, setPalette] = useState(false);
  const [chat, setChat] = useState(false);
  const over = useSessionOver();
  const path = useRouterState({ select: (state) => state.location.pathname });
  useEffect(() => close(), [path, close]);
  useInk();
  const places = permittedPlaces(who.permissions);
  const waiting = useQuery({ ...peekQuery(MINE), enabled: who.permissions.includes("task.read") });

  const mayChat = who.permissions.includes("case.read");
  // The screen of the chat needs no chat beside it.
  const besides = chat && mayChat && !/^\/chat(\/|$)/.test(path);

  useHotkeys([["mod+K", () => setPalette(true)], ["mod+J", () => setChat((open) => !open)]], []);
  useKeys({
    "?": () => setHelp(true),
    ...Object.fromEntries(places.map((place) => [`g ${place.key}`, () => void navigate({ to: place.to })])),
  });
  const closeChat = () => {
    setChat(false);
    document.getElementById("main")?.focus();
  };
  const leave = async () => {
    try {
      // The page is loaded anew: nothing that was shown to one person is there for the next one at this desk.
      window.location.assign((await signOut()) ?? "/console/sign-in");
    } catch (error) {
      failed(error);
    }
  };

  return (
    <AppShell
      header={{ height: 54 }}
      navbar={{ width: 216, breakpoint: "sm", collapsed: { mobile: !menu } }}
      aside={{ width: 440, breakpoint: "md", collapsed: { mobile: !besides, desktop: !besides } }}
      padding="lg"
      transitionDuration={0}
      styles={{
        header: { background: "var(--surface)", borderColor: "var(--line)" },
        navbar: { background: "var(--surface)", borderColor: "var(--line)" },
        main: { background: "var(--ground)" },
      }}
    >
      <a className="skip" href="#main">
        {t("shell.skip")}
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={menu} onClick={toggle} hiddenFrom="sm" size="sm" aria-label={t("shell.menu")} aria-expanded={menu} />
            <img src="/console/icon.svg" alt="" width={24} height={24} />
            <Text fw={700}>Interlock</Text>
          </Group>
          <UnstyledButton
            onClick={() => setPalette(true)}
            className="tone"
            style={{ padding: "5px 12px", fontSize: "0.8125rem", fontWeight: 400 }}
            aria-keyshortcuts="Control+K"
          >
            {t("shell.palette")} <Kbd size="xs">Ctrl K</Kbd>
          </UnstyledButton>
          <Group gap={6} wrap="nowrap">
            <LiveMark />
            {mayChat && (
              <UnstyledButton
                className="tone"
                style={{ padding: "5px 12px" }}
                aria-keyshortcuts="Control+J"
                aria-pressed={besides}
                onClick={() => setChat((open) => !open)}
              >
                {t("place.chat")} <Kbd size="xs">Ctrl J</Kbd>
              </UnstyledButton>
            )}
            <ActionIcon variant="subtle" size="lg" aria-label={t("help.title")} onClick={() => setHelp(true)}>
              ?
            </ActionIcon>
            <Suspense fallback={<Text size="sm">{who.name}</Text>}>
              <UserMenu onSettings={() => setSettings(true)} onSignOut={() => void leave()} />
            </Suspense>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={t("shell.navigation")}>
        {places.map((place) => (
          <Link key={place.to} to={place.to} className="nav-link" activeOptions={{ exact: place.to === "/", includeSearch: false }} activeProps={{ "aria-current": "page" }}>
            <span aria-hidden="true">{place.mark}</span>
            {t(place.title)}
            {place.to === "/tasks" && waiting.data?.counts && <span className="count tone">{waiting.data.counts.mine}</span>}
          </Link>
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1} style={{ outline: "none" }}>
        <OfflineBanner />
        <Outlet />
      </AppShell.Main>
      <LiveConnection />
      <Suspense>
        {besides && <ChatPanel onClose={closeChat} />}
        {over && <SessionDialog />}
        {help && <HelpDialog onClose={() => setHelp(false)} />}
        {settings && <PreferencesDialog onClose={() => setSettings(false)} />}
        {palette && (
          <Palette
            places={places}
            onClose={() => setPalette(false)}
            onHelp={() => setHelp(true)}
            onSettings={() => setSettings(true)}
            onSignOut={() => void leave()}
          />
        )}
      </Suspense>
      <Notifications position="bottom-right" />
      <Announcer />
    </AppShell>
  );
}

function LiveMark() {
  const { t } = useTranslation();
  const state = useLiveState();
  const tone = state === "live" ? "good" : state === "offline" ? "danger" : state === "polling" ? "warning" : "quiet";
  return (
    <span className="tone" data-tone={tone} title={t(`live.${state}Text`)} data-live={state}>
      <span aria-hidden="true">{state === "live" ? "●" : "○"}</span>
      {t(`live.${state}`)}
    </span>
  );
}

function OfflineBanner() {
  const { t } = useTranslation();
  const state = useLiveState();
  if (state !== "offline" && state !== "polling") return null;
  return (
    <div role="status" className="surface" style={{ padding: "8px 14px", marginBlockEnd: 12, background: "var(--tone-warning-ground)", color: "var(--tone-warning)" }}>
      ▲ {t(`live.${state}Text`)}
    </div>
  );
}

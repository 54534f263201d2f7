import "@mantine/spotlight/styles.css";
import { useMantineColorScheme } from "@mantine/core";
import { createSpotlight, Spotlight } from "@mantine/spotlight";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../session/session";
import { peekQuery } from "../tasks/queue/queries";
import type { Place } from "./places";

const [store, palette] = createSpotlight();

interface Props {
  places: Place[];
  onClose: () => void;
  onHelp: () => void;
  onSettings: () => void;
  onSignOut: () => void;
}

/** Everything by name: screens, what can be done anywhere, and one's own tasks. */
export default function Palette({ places, onClose, onHelp, onSettings, onSignOut }: Props) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [query, setQuery] = useState("");
  const tasks = useQuery({ ...peekQuery({ tab: "mine", words: "", overdue: false }), enabled: useMay("task.read") });
  useEffect(() => palette.open(), []);
  return (
    <Spotlight
      store={store}
      query={query}
      onQueryChange={setQuery}
      onSpotlightClose={onClose}
      shortcut={null}
      nothingFound={t("palette.nothing")}
      searchProps={{ placeholder: t("palette.search"), "aria-label": t("palette.search") }}
      attributes={{ content: { "aria-label": t("palette.search") } }}
      limit={12}
      scrollable
      maxHeight={420}
      // What scrolls can be reached by keyboard, however many screens there are.
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      transitionProps={{ duration: 0 }}
      actions={[
        {
          group: t("palette.places"),
          actions: places.map((place) => ({
            id: place.to,
            label: t(place.title),
            description: `g ${place.key}`,
            onClick: () => void navigate({ to: place.to }),
          })),
        },
        {
          group: t("palette.deeds"),
          actions: [
            { id: "settings", label: t("settings.title"), onClick: onSettings },
            { id: "help", label: t("help.title"), onClick: onHelp },
            {
              id: "scheme",
              label: t("palette.scheme"),
              onClick: () => setColorScheme(colorScheme === "dark" ? "light" : "dark"),
            },
            { id: "sign-out", label: t("session.signOut"), onClick: onSignOut },
          ],
        },
        {
          group: t("palette.tasks"),
          actions: (tasks.data?.tasks ?? []).map((task) => ({
            id: task.id,
            label: task.title,
            onClick: () => void navigate({ to: "/tasks/$taskId", params: { taskId: task.id } }),
          })),
        },
      ]}
    />
  );
}

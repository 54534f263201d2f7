import { Tabs, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTranslation } from "react-i18next";
import { useWhoami } from "../session/session";
import { Loading, NoPermission } from "../states/states";
import { ConfirmProvider } from "./confirmed";
import { permittedTabs, TABS, type AdminSearch, type TabName } from "./search";
import "./texts";

const SCREENS = {
  users: lazy(() => import("./users/UsersTab")),
  roles: lazy(() => import("./roles/RolesTab")),
  teams: lazy(() => import("./teams/TeamsTab")),
  calendars: lazy(() => import("./calendars/CalendarsTab")),
  systems: lazy(() => import("./systems/SystemsTab")),
  workers: lazy(() => import("./workers/WorkersTab")),
  services: lazy(() => import("./services/ServicesTab")),
  keys: lazy(() => import("./keys/KeysTab")),
};

/** Change what of the administration is shown: the address follows. */
export function useAdminSearch(): [AdminSearch, (changed: AdminSearch) => void] {
  const search = useSearch({ from: "/shell/admin" });
  const navigate = useNavigate();
  return [search, (changed) => void navigate({ to: "/admin", search: { ...search, ...changed }, replace: true })];
}

export default function AdminPage() {
  const { t } = useTranslation("admin");
  const who = useWhoami();
  const [search] = useAdminSearch();
  const navigate = useNavigate();
  const tabs = permittedTabs(who.permissions);
  const present = search.part && tabs.includes(search.part) ? search.part : tabs[0];
  useDocumentTitle(`${t("title")} · Interlock`);
  if (present === undefined || (search.part && !tabs.includes(search.part))) return <NoPermission />;
  const Screen = SCREENS[present];
  return (
    <ConfirmProvider>
      <Title order={1} mb="sm">
        {t("title")}
      </Title>
      <Tabs
        value={present}
        onChange={(value) => value && void navigate({ to: "/admin", search: { part: value as TabName } })}
        keepMounted={false}
      >
        <Tabs.List aria-label={t("title")} mb="md">
          {TABS.filter((tab) => tabs.includes(tab)).map((tab) => (
            <Tabs.Tab key={tab} value={tab}>
              {t(`tab.${tab}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={present}>
          <Suspense fallback={<Loading />}>
            <Screen />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </ConfirmProvider>
  );
}

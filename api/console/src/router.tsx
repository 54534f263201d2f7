import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { rememberToken } from "./session/link";
import { askSession } from "./session/session";
import { sessionStore } from "./session/store";
import { permittedPlaces } from "./shell/places";
import { Empty, Failure, Loading, NoPermission } from "./states/states";
import { searchOf } from "./tasks/queue/filter";

interface Context {
  client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (raw: Record<string, unknown>): { next?: string } => {
    // Only a place of the console: nobody is sent on to somebody else's page.
    const next = typeof raw.next === "string" && /^\/(?!\/)/.test(raw.next) ? raw.next : undefined;
    return next ? { next } : {};
  },
  component: lazyRouteComponent(() => import("./session/SignInPage")),
});
const forgotten = createRoute({
  getParentRoute: () => root,
  path: "/forgotten",
  component: lazyRouteComponent(() => import("./session/ForgottenPage")),
});
const account = createRoute({
  getParentRoute: () => root,
  path: "/account",
  component: lazyRouteComponent(() => import("./session/AccountPage")),
});

/** Below it somebody is signed in; who is not comes back to where they wanted once they are. */
const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: async ({ location }) => {
    if (sessionStore.current() ?? (await askSession())) return;
    if (location.pathname === "/links") rememberToken();
    throw redirect({ to: "/sign-in", search: { next: `${location.pathname}${location.searchStr}` } });
  },
  component: lazyRouteComponent(() => import("./shell/Shell")),
});
const home = createRoute({ getParentRoute: () => shell, path: "/", component: Home });
const links = createRoute({
  getParentRoute: () => shell,
  path: "/links",
  component: lazyRouteComponent(() => import("./session/LinkPage")),
});
const tasks = createRoute({
  getParentRoute: () => shell,
  path: "/tasks",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./tasks/queue/QueuePage")),
});
const task = createRoute({
  getParentRoute: () => shell,
  path: "/tasks/$taskId",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./tasks/review/ReviewPage")),
});

function Home() {
  const first = permittedPlaces(sessionStore.current()?.permissions ?? [])[0];
  return first ? <Goto to={first.to} /> : <NoPermission />;
}

function Goto({ to }: { to: "/tasks" }) {
  void router.navigate({ to, replace: true });
  return <Loading />;
}

function NotFound() {
  const { t } = useTranslation();
  return <Empty title={t("failure.noPage")} action={<Link to="/">{t("failure.noPageDo")}</Link>} />;
}

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([signIn, forgotten, account, shell.addChildren([home, links, tasks, task])]),
    basepath: "/console",
    context: { client },
    defaultPreload: "intent",
    defaultPendingComponent: Loading,
    defaultPendingMs: 300,
    defaultErrorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
    scrollRestoration: true,
  });
}

export type AppRouter = ReturnType<typeof makeRouter>;
let router: AppRouter;

export function startRouter(client: QueryClient): AppRouter {
  router = makeRouter(client);
  return router;
}

declare module "@tanstack/react-router" {
  interface Register {
    router: AppRouter;
  }
}

import { createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";
import { adminRoutes } from "./admin/routes";
import { analyticsRoutes } from "./analytics/routes";
import { mapRoutes } from "./map/routes";
import { chatRoutes } from "./chat/routes";
import { auditRoutes } from "./audit/routes";
import { evalRoutes } from "./evals/routes";
import { policyRoutes } from "./policies/routes";
import { sessionStore } from "./session/store";
import { root, shell } from "./shell/frame";
import { permittedPlaces, type Place } from "./shell/places";
import { Failure, Loading, NoPermission } from "./states/states";
import { caseRoutes } from "./cases/routes";
import { taskRoutes } from "./tasks/routes";

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: (raw: Record<string, unknown>): { next?: string; refused?: string } => {
    // Only a place of the console: nobody is sent on to somebody else's page.
    const next = typeof raw.next === "string" && /^\/(?!\/)/.test(raw.next) ? raw.next : undefined;
    const refused = typeof raw.refused === "string" && /^[a-z_]{1,40}$/.test(raw.refused) ? raw.refused : undefined;
    return { ...(next ? { next } : {}), ...(refused ? { refused } : {}) };
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
const home = createRoute({ getParentRoute: () => shell, path: "/", component: Home });
const links = createRoute({
  getParentRoute: () => shell,
  path: "/links",
  component: lazyRouteComponent(() => import("./session/LinkPage")),
});

function Home() {
  const first = permittedPlaces(sessionStore.current()?.permissions ?? [])[0];
  return first ? <Goto to={first.to} /> : <NoPermission />;
}

function Goto({ to }: { to: Place["to"] }) {
  void router.navigate({ to, replace: true });
  return <Loading />;
}

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      signIn,
      forgotten,
      account,
      shell.addChildren([
        home,
        links,
        ...taskRoutes,
        ...adminRoutes,
        ...caseRoutes,
        ...mapRoutes,
        ...analyticsRoutes,
        ...chatRoutes,
        ...policyRoutes,
        ...evalRoutes,
        ...auditRoutes,
      ]),
    ]),
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

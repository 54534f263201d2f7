import { createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import type { QueryClient } from "@tanstack/react-query";
import { adminRoutes } from "./admin/routes";
import { analyticsRoutes } from "./analytics/routes";
import { approvalRoutes } from "./approvals/routes";
import { auditRoutes } from "./audit/routes";
import { caseRoutes } from "./cases/routes";
import { chatRoutes } from "./chat/routes";
import { evalRoutes } from "./evals/routes";
import { homeRoutes } from "./home/routes";
import { incidentRoutes } from "./incidents/routes";
import { mapRoutes } from "./map/routes";
import { policyRoutes } from "./policies/routes";
import { root, shell } from "./shell/frame";
import { slaRoutes } from "./sla/routes";
import { Failure, Loading } from "./states/states";
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
const links = createRoute({
  getParentRoute: () => shell,
  path: "/links",
  component: lazyRouteComponent(() => import("./session/LinkPage")),
});

export function makeRouter(client: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([
      signIn,
      forgotten,
      account,
      shell.addChildren([
        ...homeRoutes,
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
        ...approvalRoutes,
        ...incidentRoutes,
        ...slaRoutes,
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

import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, lazyRouteComponent, Outlet, redirect } from "@tanstack/react-router";
import { rememberToken } from "../session/link";
import { askSession } from "../session/session";
import { sessionStore } from "../session/store";
import { NotFound } from "./NotFound";

export interface Context {
  client: QueryClient;
}

export const root = createRootRouteWithContext<Context>()({ component: Outlet, notFoundComponent: NotFound });

/** Below it somebody is signed in; who is not comes back to where they wanted once they are. */
export const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  beforeLoad: async ({ location }) => {
    if (sessionStore.current() ?? (await askSession())) return;
    if (location.pathname === "/links") rememberToken();
    throw redirect({ to: "/sign-in", search: { next: `${location.pathname}${location.searchStr}` } });
  },
  component: lazyRouteComponent(() => import("./Shell")),
});

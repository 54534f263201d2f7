import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { searchOf } from "./search";

const admin = createRoute({
  getParentRoute: () => shell,
  path: "/admin",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./AdminPage")),
});

export const adminRoutes = [admin] as const;

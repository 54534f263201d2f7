import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { searchOf } from "./search";

const analytics = createRoute({
  getParentRoute: () => shell,
  path: "/analytics",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./AnalyticsPage")),
});

export const analyticsRoutes = [analytics] as const;

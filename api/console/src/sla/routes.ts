import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { searchOf } from "./filter";

const sla = createRoute({
  getParentRoute: () => shell,
  path: "/sla",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./SlaPage")),
});
const about = createRoute({
  getParentRoute: () => shell,
  path: "/sla/$about",
  component: lazyRouteComponent(() => import("./AboutPage")),
});

export const slaRoutes = [sla, about] as const;

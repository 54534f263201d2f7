import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { groupSearchOf, searchOf } from "./filter";

const incidents = createRoute({
  getParentRoute: () => shell,
  path: "/incidents",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./IncidentsPage")),
});
const group = createRoute({
  getParentRoute: () => shell,
  path: "/incidents/$fingerprint",
  validateSearch: groupSearchOf,
  component: lazyRouteComponent(() => import("./GroupPage")),
});

export const incidentRoutes = [incidents, group] as const;

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { searchOf } from "./filter";

const audit = createRoute({
  getParentRoute: () => shell,
  path: "/audit",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./AuditPage")),
});

export const auditRoutes = [audit] as const;

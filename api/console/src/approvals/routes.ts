import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { searchOf } from "./filter";

const approvals = createRoute({
  getParentRoute: () => shell,
  path: "/approvals",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./ApprovalsPage")),
});

export const approvalRoutes = [approvals] as const;

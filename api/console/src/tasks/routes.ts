import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { searchOf } from "./queue/filter";

const tasks = createRoute({
  getParentRoute: () => shell,
  path: "/tasks",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./queue/QueuePage")),
});
const task = createRoute({
  getParentRoute: () => shell,
  path: "/tasks/$taskId",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./review/ReviewPage")),
});

export const taskRoutes = [tasks, task] as const;

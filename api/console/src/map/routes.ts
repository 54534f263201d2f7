import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { searchOf } from "./search";

const map = createRoute({
  getParentRoute: () => shell,
  path: "/map",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./MapPage")),
});

export const mapRoutes = [map] as const;

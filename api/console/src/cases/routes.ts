import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { searchOf } from "./filter";
import { caseSearchOf } from "./case/tabs";

const cases = createRoute({
  getParentRoute: () => shell,
  path: "/cases",
  validateSearch: searchOf,
  component: lazyRouteComponent(() => import("./CasesPage")),
});
const oneCase = createRoute({
  getParentRoute: () => shell,
  path: "/cases/$caseId",
  validateSearch: caseSearchOf,
  component: lazyRouteComponent(() => import("./case/CasePage")),
});

export const caseRoutes = [cases, oneCase] as const;

import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { shell } from "../shell/frame";
import { packSearchOf, proposeSearchOf, tabOf } from "./search";

const policies = createRoute({
  getParentRoute: () => shell,
  path: "/policies",
  validateSearch: tabOf,
  component: lazyRouteComponent(() => import("./PoliciesPage")),
});
const pack = createRoute({
  getParentRoute: () => shell,
  path: "/policies/packs/$digest",
  validateSearch: packSearchOf,
  component: lazyRouteComponent(() => import("./PackPage")),
});
const propose = createRoute({
  getParentRoute: () => shell,
  path: "/policies/propose",
  validateSearch: proposeSearchOf,
  component: lazyRouteComponent(() => import("./ProposePage")),
});
const proposal = createRoute({
  getParentRoute: () => shell,
  path: "/policies/proposals/$proposalId",
  component: lazyRouteComponent(() => import("./ProposalPage")),
});

export const policyRoutes = [policies, pack, propose, proposal] as const;

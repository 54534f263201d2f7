import { queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";

export type Account = Schemas["AccountView"];
export type RoleState = Schemas["RoleView"];
export type Team = Schemas["TeamView"];
export type CalendarRow = Schemas["CalendarView"];
export type Connector = Schemas["ConnectorView"];
export type Target = Schemas["TargetView"];
export type Switch = Schemas["SwitchView"];
export type ApiKeyRow = Schemas["ApiKeyView"];
export type Person = Schemas["PersonView"];
export type Service = Schemas["ServiceAccountView"];

const LIVE_MS = 5_000;
const KEYS_A_PAGE = 500;

export const accountsQuery = queryOptions({
  queryKey: keys.admin.accounts,
  queryFn: async ({ signal }) => (await take(api.GET("/accounts", { signal }))).accounts,
});

export const servicesQuery = queryOptions({
  queryKey: keys.admin.services,
  queryFn: async ({ signal }) => (await take(api.GET("/service-accounts", { signal }))).services,
});

export const sessionsQuery = (login: string) =>
  queryOptions({
    queryKey: keys.admin.sessions(login),
    queryFn: async ({ signal }) =>
      (await take(api.GET("/accounts/{login}/sessions", { params: { path: { login } }, signal }))).sessions,
  });

export const rolesQuery = queryOptions({
  queryKey: keys.admin.roles,
  queryFn: async ({ signal }) => (await take(api.GET("/roles", { signal }))).roles,
});

export const peopleQuery = queryOptions({
  queryKey: keys.admin.people,
  queryFn: async ({ signal }) => (await take(api.GET("/people", { signal }))).people,
});

export const teamsQuery = queryOptions({
  queryKey: keys.admin.teams,
  queryFn: async ({ signal }) => (await take(api.GET("/teams", { signal }))).teams,
});

export const calendarsQuery = queryOptions({
  queryKey: keys.admin.calendars,
  queryFn: async ({ signal }) => (await take(api.GET("/calendars", { signal }))).calendars,
});

export const connectorsQuery = queryOptions({
  queryKey: keys.admin.connectors,
  queryFn: async ({ signal }) => (await take(api.GET("/connectors", { signal }))).connectors,
  refetchInterval: LIVE_MS,
});

export const targetsQuery = queryOptions({
  queryKey: keys.admin.targets,
  queryFn: async ({ signal }) => (await take(api.GET("/targets", { signal }))).targets,
  refetchInterval: LIVE_MS,
});

export const switchesQuery = queryOptions({
  queryKey: keys.admin.switches,
  queryFn: async ({ signal }) => (await take(api.GET("/switches", { signal }))).switches,
  refetchInterval: LIVE_MS,
});

/** Workers give a sign of life every two seconds, which is no news of the trail: so it is asked for. */
export const workersQuery = queryOptions({
  queryKey: keys.admin.workers,
  queryFn: ({ signal }) => take(api.GET("/workers", { signal })),
  refetchInterval: LIVE_MS,
});

export const apiKeysQuery = (revoked: boolean) =>
  queryOptions({
    queryKey: keys.admin.apiKeys(revoked),
    queryFn: async ({ signal }) => {
      const found: ApiKeyRow[] = [];
      let cursor: string | null = null;
      do {
        const query: { limit: number; revoked: boolean; cursor?: string } = { limit: KEYS_A_PAGE, revoked, ...(cursor ? { cursor } : {}) };
        const page: Schemas["ApiKeyList"] = await take(api.GET("/api-keys", { params: { query }, signal }));
        found.push(...page.keys);
        cursor = page.next;
      } while (cursor);
      return found;
    },
  });

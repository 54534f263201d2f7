import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import type { Status } from "./filter";

export type Group = Schemas["GroupView"];
export type GroupDetail = Schemas["GroupDetail"];
export type Incident = Schemas["IncidentView"];
export type Options = Schemas["IncidentOptionsView"];

const PAGE = 200;
const only = (status: Status) => (status === "all" ? {} : { status });

export const groupsQuery = (status: Status) =>
  queryOptions({
    queryKey: keys.incidents.groups(status),
    queryFn: ({ signal }) => take(api.GET("/incidents/groups", { params: { query: { ...only(status), limit: PAGE } }, signal })),
    placeholderData: keepPreviousData,
  });

/** A group with its incidents, page by page. */
export const groupQuery = (fingerprint: string, status: Status) =>
  infiniteQueryOptions({
    queryKey: keys.incidents.group(fingerprint, status),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET("/incidents/groups/{fingerprint}", {
          params: { path: { fingerprint }, query: { ...only(status), limit: PAGE, ...(pageParam ? { after: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => (last.incidents.length === PAGE ? (last.incidents.at(-1)?.id ?? null) : null),
    placeholderData: keepPreviousData,
  });

export const incidentQuery = (id: string) =>
  queryOptions({
    queryKey: keys.incidents.one(id),
    queryFn: ({ signal }) => take(api.GET("/incidents/{incident_id}", { params: { path: { incident_id: id } }, signal })),
  });

export const optionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.incidents.options(id),
    queryFn: ({ signal }) => take(api.GET("/incidents/{incident_id}/options", { params: { path: { incident_id: id } }, signal })),
  });

/** What its case has done and met so far. */
export const triedQuery = (id: string, caseId: string) =>
  queryOptions({
    queryKey: keys.incidents.tried(id, caseId),
    queryFn: ({ signal }) => take(api.GET("/cases/{case_id}", { params: { path: { case_id: caseId } }, signal })),
  });

export const operationsQuery = queryOptions({
  queryKey: keys.incidents.operations,
  queryFn: ({ signal }) => take(api.GET("/operations", { params: { query: { limit: 100 } }, signal })),
});

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "../api/client";
import { keys } from "../api/keys";
import type { CaseQuery } from "./filter";

export const PAGE = 100;
export const TOPICS = [
  "case", "step", "task", "action", "decision", "read", "effect", "answer", "agent", "incident", "steering", "deadline", "message", "escalation",
] as const;

function page(query: CaseQuery, cursor: string | null, signal: AbortSignal) {
  return take(api.GET("/cases", { params: { query: { ...query, limit: PAGE, ...(cursor ? { cursor } : {}) } }, signal }));
}

/** The rows as somebody reads them. They are not read anew by themselves: rows must not move under the hand. */
export const casesQuery = (query: CaseQuery) =>
  infiniteQueryOptions({
    queryKey: keys.cases.list(query),
    queryFn: ({ pageParam, signal }) => page(query, pageParam, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? null,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

/** The first page as it is now: what the rows are compared with. */
export const peekQuery = (query: CaseQuery) =>
  queryOptions({
    queryKey: keys.cases.peek(query),
    queryFn: ({ signal }) => page(query, null, signal),
    staleTime: 2_000,
    placeholderData: keepPreviousData,
  });

export const countsQuery = (query: CaseQuery) =>
  queryOptions({
    queryKey: keys.cases.counts(query),
    queryFn: ({ signal }) => {
      const { order: _order, ...filter } = query;
      return take(api.GET("/cases/counts", { params: { query: filter }, signal }));
    },
    staleTime: 2_000,
    placeholderData: keepPreviousData,
  });

export const processesQuery = queryOptions({
  queryKey: keys.processes,
  queryFn: ({ signal }) => take(api.GET("/processes", { signal })),
  staleTime: 300_000,
});

const path = (id: string) => ({ params: { path: { case_id: id } } });

export const caseQuery = (id: string) =>
  queryOptions({ queryKey: keys.cases.one(id), queryFn: ({ signal }) => take(api.GET("/cases/{case_id}", { ...path(id), signal })) });

export const optionsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.cases.part(id, "options"),
    queryFn: ({ signal }) => take(api.GET("/cases/{case_id}/options", { ...path(id), signal })),
  });

export const historyQuery = (id: string) =>
  queryOptions({
    queryKey: keys.cases.part(id, "history"),
    queryFn: ({ signal }) => take(api.GET("/cases/{case_id}/history", { ...path(id), signal })),
  });

export const trailQuery = (id: string) =>
  queryOptions({
    queryKey: keys.cases.part(id, "audit"),
    queryFn: ({ signal }) => take(api.GET("/cases/{case_id}/audit", { ...path(id), signal })),
  });

export const dataQuery = (id: string, at: number | undefined, since: number | undefined) =>
  queryOptions({
    queryKey: [...keys.cases.part(id, "data"), at ?? null, since ?? null],
    queryFn: ({ signal }) =>
      take(
        api.GET("/cases/{case_id}/data", {
          params: { path: { case_id: id }, query: { ...(at === undefined ? {} : { at }), ...(since === undefined ? {} : { since }) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

export const messagesQuery = (id: string) =>
  queryOptions({
    queryKey: keys.cases.part(id, "messages"),
    queryFn: ({ signal }) => take(api.GET("/cases/{case_id}/messages", { ...path(id), signal })),
  });

export const documentsQuery = (id: string) =>
  queryOptions({
    queryKey: keys.cases.part(id, "documents"),
    queryFn: ({ signal }) => take(api.GET("/cases/{case_id}/documents", { ...path(id), signal })),
  });

export const pagesQuery = (id: string, sha256: string) =>
  queryOptions({
    queryKey: keys.documents.pages(id, sha256),
    queryFn: ({ signal }) =>
      take(api.GET("/cases/{case_id}/documents/{sha256}/pages", { params: { path: { case_id: id, sha256 } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const graphQuery = (reference: string) =>
  queryOptions({
    queryKey: keys.graph(reference),
    queryFn: ({ signal }) => take(api.GET("/processes/{reference}/graph", { params: { path: { reference } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

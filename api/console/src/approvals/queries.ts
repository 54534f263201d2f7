import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import type { Whose } from "./filter";

export type Approval = Schemas["ApprovalView"];

export const approvalsQuery = (whose: Whose) =>
  infiniteQueryOptions({
    queryKey: keys.approvals.list(whose),
    queryFn: ({ pageParam, signal }) =>
      take(api.GET("/approvals", { params: { query: { whose, ...(pageParam ? { cursor: pageParam } : {}) } }, signal })),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });

export const matrixQuery = queryOptions({
  queryKey: keys.approvals.matrix,
  queryFn: ({ signal }) => take(api.GET("/authority", { signal })),
  staleTime: 60_000,
});

export const delegationsQuery = queryOptions({
  queryKey: keys.approvals.delegations,
  queryFn: ({ signal }) => take(api.GET("/delegations", { signal })),
});

export const receiversQuery = (words: string) =>
  queryOptions({
    queryKey: keys.approvals.receivers(words),
    queryFn: ({ signal }) => take(api.GET("/delegations/receivers", { params: { query: { words } }, signal })),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  });

export const meQuery = (id: string) =>
  queryOptions({
    queryKey: keys.approvals.me(id),
    queryFn: ({ signal }) => take(api.GET("/people/{person}", { params: { path: { person: id } }, signal })),
  });

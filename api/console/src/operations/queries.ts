import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { isUnderWay } from "./progress";

export type Operation = Schemas["OperationView"];

const WHILE_UNDER_WAY_MS = 700;
/** As many as the server tells at once. */
const MOST_FAILURES = 1000;

/** How far an operation is; asked for again and again while part of it may still change. */
export const operationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.operations.one(id),
    queryFn: ({ signal }) =>
      take(api.GET("/operations/{operation_id}", { params: { path: { operation_id: id }, query: { limit: 1 } }, signal })),
    refetchInterval: ({ state }) => (state.data === undefined || isUnderWay(state.data) ? WHILE_UNDER_WAY_MS : false),
    staleTime: 0,
  });

/** What failed; asked for anew when `count` of them have. */
export const failuresQuery = (id: string, count: number) =>
  queryOptions({
    queryKey: keys.operations.failures(id, count),
    queryFn: ({ signal }) =>
      take(
        api.GET("/operations/{operation_id}", {
          params: { path: { operation_id: id }, query: { status: "failed", limit: MOST_FAILURES } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });

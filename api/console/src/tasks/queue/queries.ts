import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import type { QueueFilter } from "./filter";

const PAGE = 100;

function page(filter: QueueFilter, cursor: string | null, counts: boolean, signal: AbortSignal) {
  const query = { ...filter, counts, limit: PAGE, ...(cursor ? { cursor } : {}) };
  return take(api.GET("/tasks", { params: { query }, signal }));
}

/** The rows as somebody reads them. They are not read anew by themselves: rows must not move under the hand. */
export const queueQuery = (filter: QueueFilter) =>
  infiniteQueryOptions({
    queryKey: keys.tasks.list(filter),
    queryFn: ({ pageParam, signal }) => page(filter, pageParam, false, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? null,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

/** The first page as it is now, with the counts of the tabs: what the rows are compared with. */
export const peekQuery = (filter: QueueFilter) =>
  queryOptions({
    queryKey: keys.tasks.peek(filter),
    queryFn: ({ signal }) => page(filter, null, true, signal),
    staleTime: 2_000,
    placeholderData: keepPreviousData,
  });

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { span, type AuditFilter } from "./filter";

export type Entry = Schemas["FoundEntryView"];
const PAGE = 100;

/** Entries, the newest first. They are read anew only when somebody asks: what is read stays where it is. */
export const entriesQuery = (filter: AuditFilter) =>
  infiniteQueryOptions({
    queryKey: keys.audit.list(filter),
    queryFn: ({ pageParam, signal }) => {
      const { kind, by, words } = filter;
      const query = {
        ...(kind && { kind }),
        ...(by && { by }),
        ...(words && { words }),
        ...(filter.case && { case: filter.case }),
        ...span(filter),
        ...(pageParam && { cursor: pageParam }),
        limit: PAGE,
      };
      return take(api.GET("/audit/entries", { params: { query }, signal }));
    },
    initialPageParam: null as number | null,
    getNextPageParam: (last) => last.next ?? null,
    staleTime: Number.POSITIVE_INFINITY,
    placeholderData: keepPreviousData,
  });

export const keyQuery = queryOptions({
  queryKey: keys.audit.key,
  queryFn: ({ signal }) => take(api.GET("/audit/key", { signal })),
  retry: false,
});

/** The checkpoint of a signed note: how many entries it covers, and when it was made. */
export function checkpointOf(note: string | null | undefined): { size: number; at: string } | null {
  const lines = (note ?? "").split("\n");
  const at = lines[3]?.replace(/^time /, "");
  return lines[1] && at ? { size: Number(lines[1]), at } : null;
}

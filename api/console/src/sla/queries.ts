import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import type { View } from "./filter";

export type ListedClock = Schemas["ListedClockView"];
export type Waiting = Schemas["WaitingView"];
export type Explained = Schemas["ExplainedClockView"];
export type LadderStep = Schemas["LadderStepView"];
export type Move = Explained["moves"][number];

const PAGE = 200;

/** Clocks by what becomes of them, page by page, with how many of each there are. */
export const clocksQuery = (which: Exclude<View, "escalations">) =>
  infiniteQueryOptions({
    queryKey: keys.sla.clocks(which, ""),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET("/clocks", {
          params: { query: { which, counts: true, limit: PAGE, ...(pageParam ? { cursor: pageParam } : {}) } },
          signal,
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
    placeholderData: keepPreviousData,
  });

/** What is due until an instant, for the timeline; the soonest 200. */
export const dueQuery = (until: string) =>
  queryOptions({
    queryKey: keys.sla.clocks("timeline", until),
    queryFn: ({ signal }) => take(api.GET("/clocks", { params: { query: { which: "due", until, limit: PAGE } }, signal })),
    placeholderData: keepPreviousData,
  });

export const escalationsQuery = queryOptions({
  queryKey: keys.sla.escalations,
  queryFn: ({ signal }) => take(api.GET("/escalations", { params: { query: { limit: PAGE } }, signal })),
});

export const scoreQuery = queryOptions({
  queryKey: keys.sla.score,
  queryFn: ({ signal }) => take(api.GET("/forecasts/score", { signal })),
  staleTime: 60_000,
});

export const aboutQuery = (id: string) =>
  queryOptions({
    queryKey: keys.sla.about(id),
    queryFn: ({ signal }) => take(api.GET("/deadlines/{case_or_task}", { params: { path: { case_or_task: id } }, signal })),
  });

export const forecastQuery = (id: string) =>
  queryOptions({
    queryKey: keys.sla.forecast(id),
    queryFn: ({ signal }) => take(api.GET("/forecasts/{case_or_task}", { params: { path: { case_or_task: id } }, signal })),
    staleTime: 30_000,
  });

export function acknowledge(id: string, note: string) {
  return take(api.POST("/escalations/{escalation_id}/acknowledge", { params: { path: { escalation_id: id } }, body: { note } }));
}

export function moveClock(id: string, move: Move, reason: string, note: string) {
  const params = { path: { clock_id: id } };
  switch (move) {
    case "pause":
      return take(api.POST("/clocks/{clock_id}/pause", { params, body: { reason, note } }));
    case "resume":
      return take(api.POST("/clocks/{clock_id}/resume", { params, body: { note } }));
    case "restart":
      return take(api.POST("/clocks/{clock_id}/restart", { params, body: { note } }));
    case "stop":
      return take(api.POST("/clocks/{clock_id}/stop", { params, body: { note } }));
  }
}

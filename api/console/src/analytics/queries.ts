import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { again } from "./useFresh";

export type Process = Schemas["ProcessView"];
export type Figures = Schemas["ProcessFiguresView"];
export type Day = Schemas["DayView"];
export type StepFigures = Schemas["StepFiguresView"];
export type ProcessMap = Schemas["ProcessMapView"];

/** Every registered version, the newest of each process first. */
export const processesQuery = queryOptions({
  queryKey: keys.analytics.processes,
  queryFn: async ({ signal }) => {
    const { processes } = await take(api.GET("/processes", { signal }));
    return [...processes].sort((a, b) => a.title.localeCompare(b.title) || b.version - a.version);
  },
  staleTime: 60_000,
});

export const figuresQuery = (process: string, days: number, version: number | undefined) =>
  queryOptions({
    queryKey: keys.analytics.figures(process, days, version),
    queryFn: ({ signal }) =>
      take(api.GET("/analytics/processes/{process}", { params: { path: { process }, query: { days, version } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => again(query.state.data),
  });

export const mapQuery = (reference: string, days: number) =>
  queryOptions({
    queryKey: keys.analytics.map(reference, days),
    queryFn: ({ signal }) =>
      take(api.GET("/processes/{reference}/map", { params: { path: { reference }, query: { days } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: (query) => again(query.state.data),
  });

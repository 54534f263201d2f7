import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";

export type Run = Schemas["EvaluationRun"];
export type RunDetail = Schemas["EvaluationDetail"];
export type Figure = Schemas["EvaluationFigure"];

/** Runs appear when a command has made them: no news tells of it, so they are asked for now and again. */
const EVERY_MS = 30_000;

export const runsQuery = (suite: string) =>
  infiniteQueryOptions({
    queryKey: keys.evals.list(suite),
    queryFn: ({ pageParam, signal }) => {
      const query = { limit: 100, ...(suite && { suite }), ...(pageParam && { cursor: pageParam }) };
      return take(api.GET("/evaluations/runs", { params: { query }, signal }));
    },
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next ?? null,
    refetchInterval: EVERY_MS,
  });

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: keys.evals.one(id),
    queryFn: ({ signal }) => take(api.GET("/evaluations/runs/{run_id}", { params: { path: { run_id: id } }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });

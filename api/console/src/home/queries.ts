import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";

export type Home = Schemas["HomeView"];

/** Everything for the first look, in one call; `seen` is where news begin. */
export const homeQuery = (day: string, seen: number | null) =>
  queryOptions({
    queryKey: [...keys.home, day, seen],
    queryFn: ({ signal }) => take(api.GET("/home", { params: { query: { day, ...(seen === null ? {} : { seen }) } }, signal })),
    placeholderData: keepPreviousData,
  });

import { useQueryClient, type InfiniteData } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { announce } from "../../shell/announcer";
import { filterOf } from "../queue/filter";
import { peekQuery, queueQuery } from "../queue/queries";

/** Ways from one task of the queue to another, in the order and by the filter in which they were found. */
export function useNeighbours(taskId: string) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { t } = useTranslation();
  const search = useSearch({ from: "/shell/tasks/$taskId" });
  const filter = filterOf(search);

  const open = (id: string | undefined) => {
    if (id) void navigate({ to: "/tasks/$taskId", params: { taskId: id }, search: true });
    else announce(t("review.noMore"));
  };
  const known = (): string[] => {
    const list = client.getQueryData<InfiniteData<Schemas["TaskList"]>>(queueQuery(filter).queryKey);
    return list?.pages.flatMap((page) => page.tasks.map((task) => task.id)) ?? [];
  };
  const beside = (by: 1 | -1) => {
    const ids = known();
    const here = ids.indexOf(taskId);
    open(here === -1 ? undefined : ids[here + by]);
  };
  /** The next that is still asked; from the server, because much may have been answered meanwhile. */
  const next = async () => {
    const asked = { ...filter, tab: filter.tab === "done" ? ("mine" as const) : filter.tab };
    const { tasks } = await client.fetchQuery({ ...peekQuery(asked), staleTime: 0 });
    const ids = known();
    const here = ids.indexOf(taskId);
    const later = tasks.filter((task) => task.id !== taskId && ids.indexOf(task.id) > here);
    const following = later[0] ?? tasks.find((task) => task.id !== taskId);
    if (following) open(following.id);
    else {
      announce(t("review.noMore"));
      void navigate({ to: "/tasks", search: true });
    }
  };
  return { next, beside, back: () => void navigate({ to: "/tasks", search: true }) };
}

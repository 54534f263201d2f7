import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { notifications } from "@mantine/notifications";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { announce } from "../shell/announcer";
import { useFailureText } from "../states/states";

export type TaskDetail = Schemas["TaskDetail"];
export type Handing = "claim" | "release" | "delegate" | "decline" | "reassign" | "escalate" | "undo";

export interface HandingOrder {
  verb: Handing;
  task: string;
  reason?: string;
  to?: string;
}

function carryOut({ verb, task, reason = "", to = "" }: HandingOrder): Promise<TaskDetail> {
  const params = { path: { task_id: task } };
  switch (verb) {
    case "claim":
      return take(api.POST("/tasks/{task_id}/claim", { params }));
    case "release":
      return take(api.POST("/tasks/{task_id}/release", { params, body: { reason } }));
    case "delegate":
      return take(api.POST("/tasks/{task_id}/delegate", { params, body: { to, reason } }));
    case "decline":
      return take(api.POST("/tasks/{task_id}/decline", { params, body: { reason } }));
    case "reassign":
      return take(api.POST("/tasks/{task_id}/reassign", { params, body: { to, reason } }));
    case "escalate":
      return take(api.POST("/tasks/{task_id}/escalate", { params, body: { reason } }));
    case "undo":
      return take(api.POST("/tasks/{task_id}/undo", { params, body: { reason } }));
  }
}

/** Tell of a refusal where it cannot be told beside a field. */
export function useToldFailure(): (error: unknown) => void {
  const text = useFailureText();
  return (error) => {
    const { title, detail } = text(error);
    notifications.show({ title, message: detail, color: "red.9", autoClose: 12_000 });
    announce(`${title}: ${detail}`);
  };
}

/** Hand a task on, and look anew at whatever shows it. */
export function useHanding() {
  const client = useQueryClient();
  const { t } = useTranslation();
  const failed = useToldFailure();
  return useMutation({
    mutationFn: carryOut,
    onSuccess: (task, order) => {
      client.setQueryData(keys.tasks.one(task.id), task);
      announce(t(`handed.${order.verb}`));
    },
    onError: failed,
    onSettled: () => client.invalidateQueries({ queryKey: keys.tasks.all, refetchType: "active" }),
  });
}

import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { keys } from "../api/keys";
import { useMay } from "../session/session";
import { ActionDialog } from "../tasks/review/ActionDialog";
import type { Operation } from "./queries";

const RIGHTS: Record<Operation["kind"], string> = {
  retry: "incident.retry",
  apply: "incident.retry",
  close: "incident.retry",
  correct: "case.steer",
  skip: "case.steer",
  reroute: "case.steer",
  cancel: "case.cancel",
  suspend: "case.suspend",
  resume: "case.suspend",
  reassign: "task.assign",
};

/** A way to stop an order that is under way, for whoever could have given it. */
export function CancelOperation({ operation }: { operation: Operation }) {
  const { t } = useTranslation("operations");
  const client = useQueryClient();
  const may = useMay(RIGHTS[operation.kind]);
  const [asking, setAsking] = useState(false);
  const cancelled = useMutation({
    mutationFn: (reason: string) =>
      take(api.POST("/operations/{operation_id}/cancel", { params: { path: { operation_id: operation.id } }, body: { reason } })),
    onSuccess: () => setAsking(false),
    onSettled: () => client.invalidateQueries({ queryKey: keys.operations.one(operation.id) }),
  });
  if (!may || operation.status !== "running") return null;
  return (
    <>
      <Button size="xs" variant="default" className="danger-button" onClick={() => setAsking(true)}>
        {t("cancel")}
      </Button>
      {asking && (
        <ActionDialog
          wanted={{ title: t("cancelTitle"), text: t("cancelText"), confirm: t("cancel"), reason: "required", danger: true }}
          error={cancelled.error}
          busy={cancelled.isPending}
          onConfirm={({ reason }) => cancelled.mutate(reason)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

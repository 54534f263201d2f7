import { Button } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { announce } from "../shell/announcer";
import { ActionDialog } from "../tasks/review/ActionDialog";
import { acknowledge } from "./queries";
import "./texts";

/** A button to say that one looks after an escalation; only where the server would take it. */
export function Acknowledge({ id, about }: { id: string; about: string }) {
  const { t } = useTranslation("sla");
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const done = useMutation({
    mutationFn: (note: string) => acknowledge(id, note),
    onSuccess: () => {
      setAsking(false);
      announce(t("acknowledged"));
    },
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: keys.sla.all }), client.invalidateQueries({ queryKey: keys.home })]),
  });
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setAsking(true)} aria-label={`${t("acknowledge")}: ${about}`}>
        {t("acknowledge")}
      </Button>
      {asking && (
        <ActionDialog
          wanted={{ title: t("acknowledgeTitle"), text: t("acknowledgeText"), confirm: t("acknowledge"), reason: "optional" }}
          error={done.error}
          busy={done.isPending}
          onConfirm={({ reason }) => done.mutate(reason)}
          onClose={() => setAsking(false)}
        />
      )}
    </>
  );
}

import { Alert, Button, Group, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../api/client";
import { useWhoami } from "../session/session";
import { Failure } from "../states/states";
import { PersonField } from "../tasks/review/PersonField";
import { Dialog } from "../shell/Dialog";
import type { CaseQuery } from "./filter";
import { permittedKinds, type Kind } from "./permitted";

export interface Choice {
  ids: readonly string[];
  /** Not these ids, but whatever the filter finds when the order is given. */
  query: CaseQuery | null;
  count: number;
  /** A task of one of them: who may be given that may be asked. */
  task: string | null;
}

/** One order about many cases: what, how many, why. What becomes of each is watched in the panel that follows. */
export default function OrderDialog({ choice, onClose, onBegun }: { choice: Choice; onClose: () => void; onBegun: (id: string) => void }) {
  const { t } = useTranslation("cases");
  const kinds = permittedKinds(useWhoami().permissions);
  const [kind, setKind] = useState<Kind>(kinds[0] ?? "retry");
  const [reason, setReason] = useState("");
  const [person, setPerson] = useState<string | null>(null);
  const begun = useMutation({
    mutationFn: () => {
      const { order: _order, ...filter } = choice.query ?? {};
      return take(
        api.POST("/cases/operations", {
          body: {
            kind,
            reason: reason.trim(),
            cases: choice.query ? [] : [...choice.ids],
            filter: choice.query ? (filter as Schemas["CaseFilter"]) : null,
            to: kind === "reassign" ? person : null,
          },
        }),
      );
    },
    onSuccess: (operation) => onBegun(operation.id),
  });
  const ready = reason.trim() !== "" && (kind !== "reassign" || person !== null) && !begun.isPending;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (ready) begun.mutate();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <Dialog opened onClose={onClose} title={t("order.title", { count: choice.count })} size="lg">
      <form onSubmit={submit} onKeyDown={pressed}>
        <Stack>
          <NativeSelect
            label={t("order.what")}
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value as Kind)}
            data={kinds.map((one) => ({ value: one, label: t(`order.kind.${one}`) }))}
            data-autofocus
          />
          <Text size="sm">{t(`order.text.${kind}`)}</Text>
          {kind === "reassign" &&
            (choice.task ? (
              <PersonField task={choice.task} purpose="hand" value={person} onChange={setPerson} />
            ) : (
              <Alert variant="outline" color="orange.9">
                {t("order.noTask")}
              </Alert>
            ))}
          <Textarea
            label={t("order.reason")}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            required
            maxLength={4000}
            autosize
            minRows={2}
          />
          <Text size="xs" c="dimmed">
            {t("order.each")}
          </Text>
          {begun.error && <Failure error={begun.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("ask.keep")}
            </Button>
            <Button type="submit" loading={begun.isPending} disabled={!ready} color={kind === "cancel" ? "red.9" : undefined}>
              {t(`order.go.${kind}`, { count: choice.count })}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

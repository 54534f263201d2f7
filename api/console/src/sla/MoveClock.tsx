import { Button, Group, Select, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { words } from "../format/values";
import { Dialog } from "../shell/Dialog";
import { announce } from "../shell/announcer";
import { Failure } from "../states/states";
import { moveClock, type Explained, type Move } from "./queries";

/** Pause, resume, restart or stop a clock: what that does, for which reason, and a note that stays on record. */
export function MoveClock({ found, move, onClose }: { found: Explained; move: Move; onClose: () => void }) {
  const { t } = useTranslation("sla");
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const [reason, setReason] = useState<string | null>(found.pause_reasons[0] ?? null);
  const [note, setNote] = useState("");
  const moved = useMutation({
    mutationFn: () => moveClock(found.clock.id, move, reason ?? "", note.trim()),
    onSuccess: () => {
      announce(t(`move.${move}.done`));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.sla.all }),
  });
  const ready = note.trim() !== "" && (move !== "pause" || reason !== null);
  const confirm = () => ready && !moved.isPending && moved.mutate();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    confirm();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      confirm();
    }
  };
  return (
    <Dialog opened onClose={onClose} title={t(`move.${move}.title`)}>
      <form onSubmit={submit} onKeyDown={pressed}>
        <Stack>
          <Text size="sm">{t(`move.${move}.text`)}</Text>
          {move === "pause" && (
            <Select
              label={t("reason")}
              data={found.pause_reasons.map((value) => ({ value, label: words(value) }))}
              value={reason}
              onChange={setReason}
              allowDeselect={false}
              comboboxProps={{ zIndex: 500 }}
            />
          )}
          <Textarea
            label={t("note")}
            description={t("noteText")}
            value={note}
            onChange={(event) => setNote(event.currentTarget.value)}
            required
            maxLength={4000}
            autosize
            minRows={2}
            data-autofocus
          />
          {moved.error && <Failure error={moved.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common("action.cancel")}
            </Button>
            <Button type="submit" loading={moved.isPending} disabled={!ready}>
              {t(`move.${move}.confirm`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

import { Button, Checkbox, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { keys } from "../api/keys";
import { useWhoami } from "../session/session";
import { Dialog } from "../shell/Dialog";
import { announce } from "../shell/announcer";
import { Failure } from "../states/states";
import { receiversQuery } from "./queries";

const today = () => new Date().toLocaleDateString("sv");

/** Somebody who stands in for me: to answer in my place, or while I am away. */
export function StandInDialog({ kind, onClose }: { kind: "delegation" | "absence"; onClose: () => void }) {
  const { t } = useTranslation("approvals");
  const { t: common } = useTranslation();
  const client = useQueryClient();
  const who = useWhoami();
  const [person, setPerson] = useState<string | null>(null);
  const [from, setFrom] = useState(today);
  const [to, setTo] = useState(today);
  const [reason, setReason] = useState("");
  const [reassign, setReassign] = useState(false);
  const away = kind === "absence";
  const done = useMutation({
    mutationFn: async () => {
      if (away) {
        await take(
          api.POST("/people/{person}/absences", {
            params: { path: { person: who.id } },
            body: { first_day: from, last_day: to, reason: reason.trim(), substitute: person, reassign },
          }),
        );
      } else {
        await take(api.POST("/delegations", { body: { receiver: person ?? "", effective_from: from, effective_to: to } }));
      }
    },
    onSuccess: () => {
      announce(t(`${kind}.done`));
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.approvals.all }),
  });
  const ready = from !== "" && to >= from && (away ? reason.trim() !== "" : person !== null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready && !done.isPending) done.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={t(away ? "absence.noteTitle" : "delegation.giveTitle")}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t(away ? "absence.noteText" : "delegation.giveText")}</Text>
          <ReceiverField value={person} onChange={setPerson} required={!away} />
          <Group grow>
            <TextInput type="date" label={t("from")} value={from} required onChange={(event) => setFrom(event.currentTarget.value)} />
            <TextInput type="date" label={t("to")} value={to} min={from} required onChange={(event) => setTo(event.currentTarget.value)} />
          </Group>
          {away && (
            <>
              <TextInput label={t("reason")} value={reason} maxLength={4000} required onChange={(event) => setReason(event.currentTarget.value)} />
              {from <= today() && (
                <Checkbox label={t("absence.reassign")} checked={reassign} onChange={(event) => setReassign(event.currentTarget.checked)} />
              )}
            </>
          )}
          {done.error && <Failure error={done.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {common("action.cancel")}
            </Button>
            <Button type="submit" loading={done.isPending} disabled={!ready}>
              {t(away ? "absence.confirm" : "delegation.confirm")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

/** People who could stand in, and nobody else. */
function ReceiverField({ value, onChange, required }: { value: string | null; onChange: (value: string | null) => void; required: boolean }) {
  const { t } = useTranslation("approvals");
  const [words, setWords] = useState("");
  const [settled] = useDebouncedValue(words, 200);
  const people = useQuery(receiversQuery(settled));
  return (
    <Select
      label={t("person")}
      placeholder={t("search")}
      nothingFoundMessage={t("nobody")}
      searchable
      clearable={!required}
      required={required}
      data={people.data?.people.map((one) => ({ value: one.id, label: one.name })) ?? []}
      openOnFocus={false}
      onSearchChange={setWords}
      value={value}
      onChange={onChange}
      comboboxProps={{ zIndex: 500 }}
      data-autofocus
    />
  );
}

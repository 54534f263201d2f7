import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { day, money } from "../format/values";
import { useMay, useWhoami } from "../session/session";
import { Failure, Loading } from "../states/states";
import { Tone } from "../states/Tone";
import { ActionDialog } from "../tasks/review/ActionDialog";
import { delegationsQuery, meQuery, receiversQuery } from "./queries";
import { StandInDialog } from "./StandInDialog";
import classes from "./approvals.module.css";

/** Who may answer in whose place, and when I am away and who stands in. */
export function StandIns() {
  return (
    <Stack gap="md">
      <Delegations />
      <Absences />
    </Stack>
  );
}

function Delegations() {
  const { t, i18n } = useTranslation("approvals");
  const client = useQueryClient();
  const who = useWhoami();
  const mayGive = useMay("task.answer");
  const found = useQuery(delegationsQuery);
  const [giving, setGiving] = useState(false);
  const [ending, setEnding] = useState<Schemas["DelegationView"] | null>(null);
  const ended = useMutation({
    mutationFn: (id: string) => take(api.POST("/delegations/{delegation_id}/end", { params: { path: { delegation_id: id } } })),
    onSuccess: () => setEnding(null),
    onSettled: () => client.invalidateQueries({ queryKey: keys.approvals.all }),
  });
  if (found.isPending) return <Loading />;
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const { delegations, names } = found.data;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("delegation.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("delegation.title")}</Title>
        {mayGive && (
          <Button size="xs" onClick={() => setGiving(true)}>
            {t("delegation.give")}
          </Button>
        )}
      </Group>
      {delegations.length === 0 && <Text size="sm">{t("delegation.none")}</Text>}
      {delegations.map((one) => (
        <Group key={one.id} justify="space-between" py={4}>
          <Text size="sm">
            {one.giver === who.id
              ? t("delegation.given", { name: names[one.receiver] ?? one.receiver })
              : t("delegation.received", { name: names[one.giver] ?? one.giver })}
            {" · "}
            {t("delegation.days", { from: day(one.effective_from, i18n.language), to: day(one.effective_to, i18n.language) })}
            {one.cap_minor !== null && one.currency && ` · ${t("delegation.cap", { amount: money(one.cap_minor, one.currency, i18n.language) })}`}
          </Text>
          {one.giver === who.id && (
            <Button size="compact-sm" variant="default" onClick={() => setEnding(one)}>
              {t("delegation.end")}
            </Button>
          )}
        </Group>
      ))}
      {giving && <StandInDialog kind="delegation" onClose={() => setGiving(false)} />}
      {ending && (
        <ActionDialog
          wanted={{
            title: t("delegation.endTitle"),
            text: t("delegation.endText", { name: names[ending.receiver] ?? ending.receiver }),
            confirm: t("delegation.end"),
            reason: "none",
          }}
          error={ended.error}
          busy={ended.isPending}
          onConfirm={() => ended.mutate(ending.id)}
          onClose={() => setEnding(null)}
        />
      )}
    </section>
  );
}

function Absences() {
  const { t, i18n } = useTranslation("approvals");
  const client = useQueryClient();
  const who = useWhoami();
  const found = useQuery(meQuery(who.id));
  const people = useQuery(receiversQuery(""));
  const [noting, setNoting] = useState(false);
  const [ending, setEnding] = useState<string | null>(null);
  const ended = useMutation({
    mutationFn: (id: string) => take(api.POST("/absences/{absence_id}/end", { params: { path: { absence_id: id } } })),
    onSuccess: () => setEnding(null),
    onSettled: () => client.invalidateQueries({ queryKey: keys.approvals.all }),
  });
  if (found.isPending) return <Loading />;
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const name = (id: string) => people.data?.people.find((one) => one.id === id)?.name ?? id;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("absence.title")}>
      <Group justify="space-between" mb="xs">
        <Title order={2}>{t("absence.title")}</Title>
        <Button size="xs" variant="default" onClick={() => setNoting(true)}>
          {t("absence.note")}
        </Button>
      </Group>
      {found.data.absences.length === 0 && <Text size="sm">{t("absence.none")}</Text>}
      {found.data.absences.map((one) => (
        <Group key={one.id} justify="space-between" py={4}>
          <Text size="sm">
            {t("absence.days", { from: day(one.first_day, i18n.language), to: day(one.last_day, i18n.language) })}
            {" · "}
            {one.substitute ? t("absence.substitute", { name: name(one.substitute) }) : t("absence.nobody")}
            {one.reason && ` · “${one.reason}”`} {one.needs_substitute && <Tone tone="warning">{t("absence.needs")}</Tone>}
            {one.ended_at && <Tone>{t("absence.over")}</Tone>}
          </Text>
          {!one.ended_at && (
            <Button size="compact-sm" variant="default" onClick={() => setEnding(one.id)}>
              {t("absence.end")}
            </Button>
          )}
        </Group>
      ))}
      {noting && <StandInDialog kind="absence" onClose={() => setNoting(false)} />}
      {ending && (
        <ActionDialog
          wanted={{ title: t("absence.endTitle"), text: t("absence.endText"), confirm: t("absence.end"), reason: "none" }}
          error={ended.error}
          busy={ended.isPending}
          onConfirm={() => ended.mutate(ending)}
          onClose={() => setEnding(null)}
        />
      )}
    </section>
  );
}

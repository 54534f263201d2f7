import { Checkbox, Group, MultiSelect, Select, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { Tone } from "../../states/Tone";
import { useConfirmed } from "../confirmed";
import { DeedDialog } from "../DeedDialog";
import { rolesQuery, type Person, type Team } from "../queries";
import { RolesField } from "../fields";
import { changesOf, type Change } from "./changes";

type Strategy = NonNullable<Schemas["TeamSetForm"]["strategy"]>;
const STRATEGIES: Strategy[] = ["least_loaded", "round_robin", "skill_first"];

/** A team as it is to be; what that changes is shown before it is saved. */
export default function TeamDialog({ team, people, onClose }: { team: Team | null; people: readonly Person[]; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const confirmed = useConfirmed();
  const roles = useQuery(rolesQuery);
  const [form, setForm] = useState({
    name: team?.name ?? "",
    roles: [...(team?.roles ?? [])],
    members: [...(team?.members ?? [])],
    lead: team?.lead ?? null,
    strategy: (team?.strategy ?? STRATEGIES[0]) as Strategy,
    queue: team?.queue ?? false,
    reason: "",
  });
  const saved = useMutation({
    mutationFn: () => {
      const { name, ...body } = form;
      return confirmed(() => take(api.PUT("/teams/{name}", { params: { path: { name: name.trim() } }, body })));
    },
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.teams }),
  });
  const known = people.filter((person) => person.active).map((person) => ({ value: person.id, label: person.name }));
  const nameOf = (id: string) => people.find((person) => person.id === id)?.name ?? id;
  const strategies = STRATEGIES.includes(form.strategy) ? STRATEGIES : [...STRATEGIES, form.strategy];
  const changes = [
    ...changesOf((team?.members ?? []).map(nameOf), form.members.map(nameOf)),
    ...changesOf(team?.roles ?? [], form.roles),
    ...changesOf(team?.lead ? [t("teams.leadIs", { name: nameOf(team.lead) })] : [], form.lead ? [t("teams.leadIs", { name: nameOf(form.lead) })] : []),
  ];
  return (
    <DeedDialog
      title={team ? `${t("teams.edit")}: ${team.name}` : t("teams.add")}
      size="lg"
      reason={{ value: form.reason, onChange: (reason) => setForm({ ...form, reason }) }}
      deed={t("save")}
      done={saved}
      onClose={onClose}
    >
      {!team && (
        <TextInput
          label={t("teams.name")}
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
          maxLength={60}
          required
          data-autofocus
        />
      )}
      <MultiSelect
        label={t("teams.members")}
        data={known}
        value={form.members}
        onChange={(members) => setForm({ ...form, members, lead: form.lead && members.includes(form.lead) ? form.lead : null })}
        searchable
        hidePickedOptions
        comboboxProps={{ zIndex: 500 }}
      />
      <RolesField value={form.roles} onChange={(chosen) => setForm({ ...form, roles: chosen })} roles={roles.data ?? []} />
      <Group grow align="flex-start">
        <Select
          label={t("teams.lead")}
          data={known.filter((person) => form.members.includes(person.value))}
          value={form.lead}
          onChange={(lead) => setForm({ ...form, lead })}
          clearable
          clearButtonProps={{ "aria-label": t("clear") }}
          comboboxProps={{ zIndex: 500 }}
        />
        <Select
          label={t("teams.strategy")}
          data={strategies.map((value) => ({ value, label: t(`strategy.${value}` as "strategy.least_loaded") }))}
          value={form.strategy}
          onChange={(strategy) => strategy && setForm({ ...form, strategy: strategy as Strategy })}
          allowDeselect={false}
          comboboxProps={{ zIndex: 500 }}
        />
      </Group>
      <Checkbox
        label={t("teams.queueText")}
        checked={form.queue}
        onChange={(event) => setForm({ ...form, queue: event.currentTarget.checked })}
      />
      <Changes changes={changes} />
    </DeedDialog>
  );
}

function Changes({ changes }: { changes: readonly Change[] }) {
  const { t } = useTranslation("admin");
  return (
    <section aria-label={t("teams.preview")}>
      <Text size="sm" fw={600} mb={4}>
        {t("teams.preview")}
      </Text>
      {changes.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("teams.noChange")}
        </Text>
      ) : (
        <Group gap={6}>
          {changes.map((change) => (
            <Tone key={`${change.kind} ${change.what}`} tone={change.kind === "added" ? "good" : "danger"} mark={change.kind === "added" ? "+" : "−"}>
              {change.what}
            </Tone>
          ))}
        </Group>
      )}
    </section>
  );
}

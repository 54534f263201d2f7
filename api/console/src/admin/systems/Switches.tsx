import { Alert, Button, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { instant } from "../../format/values";
import { useMay } from "../../session/session";
import { Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import { DeedDialog } from "../DeedDialog";
import { ReasonDialog } from "../Dialogs";
import { switchesQuery, type Switch } from "../queries";
import { Nothing, Section } from "./Section";

const SCOPES = ["tool", "process", "agent"] as const;
type Scope = (typeof SCOPES)[number];

async function turn(scope: string, name: string, off: boolean, reason: string): Promise<void> {
  await take(api.PUT("/switches/{scope}/{name}", { params: { path: { scope: scope as Scope, name } }, body: { off, reason } }));
}

/** Kill switches: what is off stands first, with who turned it and why. */
export function Switches() {
  const { t } = useTranslation("admin");
  const maySet = useMay("switch.set");
  const switches = useQuery(switchesQuery);
  const [adding, setAdding] = useState(false);
  return (
    <Section
      title={t("systems.switches")}
      text={t("systems.switchesText")}
      tools={
        maySet && (
          <Button size="xs" variant="default" className="danger-button" onClick={() => setAdding(true)}>
            {t("switch.off")}
          </Button>
        )
      }
    >
      {switches.isPending && <Loading />}
      {switches.error && <Failure error={switches.error} retry={() => void switches.refetch()} />}
      {switches.data?.length === 0 && <Nothing>{t("systems.noSwitches")}</Nothing>}
      <Stack gap="xs">
        {switches.data?.map((one) => (
          <SwitchLine key={`${one.scope}:${one.name}`} one={one} maySet={maySet} />
        ))}
      </Stack>
      {adding && <OffDialog onClose={() => setAdding(false)} />}
    </Section>
  );
}

function SwitchLine({ one, maySet }: { one: Switch; maySet: boolean }) {
  const { t, i18n } = useTranslation("admin");
  const client = useQueryClient();
  const [turning, setTurning] = useState(false);
  const carryOut = async (reason: string) => {
    await turn(one.scope, one.name, !one.off, reason);
    await client.invalidateQueries({ queryKey: keys.admin.switches });
  };
  return (
    <Group className="surface" p="sm" justify="space-between" wrap="nowrap" data-switch={one.name}>
      <div>
        <Group gap="xs">
          <Tone tone={one.off ? "danger" : "good"}>{t(one.off ? "switch.isOff" : "switch.isOn")}</Tone>
          <Text size="sm" fw={600}>
            {t(`scope.${one.scope}` as "scope.tool")} {one.name}
          </Text>
          {one.waiting_cases > 0 && <Tone tone="warning">{t("switch.waiting", { count: one.waiting_cases })}</Tone>}
        </Group>
        <Text size="sm" c="dimmed">
          {t("switch.by", { who: one.set_by, at: instant(one.since, i18n.language), reason: one.reason })}
        </Text>
      </div>
      {maySet && (
        <Button size="xs" variant="default" onClick={() => setTurning(true)}>
          {t(one.off ? "switch.on" : "switch.offAgain")}
        </Button>
      )}
      {turning && (
        <ReasonDialog
          title={`${t(one.off ? "switch.on" : "switch.offAgain")}: ${one.name}`}
          text={one.off ? t("switch.onText", { count: one.waiting_cases }) : t("switch.offText")}
          deed={t(one.off ? "switch.on" : "switch.offAgain")}
          danger={!one.off}
          carryOut={carryOut}
          onClose={() => setTurning(false)}
        />
      )}
    </Group>
  );
}

function OffDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const [form, setForm] = useState({ scope: "tool" as Scope, name: "", reason: "" });
  const done = useMutation({
    mutationFn: () => turn(form.scope, form.name.trim(), true, form.reason),
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.switches }),
  });
  return (
    <DeedDialog
      title={t("switch.off")}
      reason={{ value: form.reason, onChange: (reason) => setForm({ ...form, reason }) }}
      warning={<Alert variant="outline">{t("switch.offText")}</Alert>}
      deed={t("switch.off")}
      danger
      done={done}
      onClose={onClose}
    >
      <Select
        label={t("switch.scope")}
        data={SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))}
        value={form.scope}
        onChange={(scope) => scope && setForm({ ...form, scope: scope as Scope })}
        allowDeselect={false}
        comboboxProps={{ zIndex: 500 }}
      />
      <TextInput
        label={t("switch.name")}
        description={t("switch.nameText")}
        value={form.name}
        onChange={(event) => setForm({ ...form, name: event.currentTarget.value })}
        maxLength={200}
        required
        data-autofocus
      />
    </DeedDialog>
  );
}

import { Button, Group, NumberInput, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { Failure } from "../states/states";
import { Dialog } from "../shell/Dialog";
import "./texts";

type Limits = Schemas["LimitsView"];
const SHARES = [
  ["max_newly_allowed_bps", "allowed"],
  ["max_newly_blocked_bps", "blocked"],
  ["max_extra_tasks_bps", "tasks"],
  ["max_unknown_bps", "unknown"],
] as const;

/** How much a new version of a pack may change at once. Money of other currencies stays as it was set. */
export default function LimitsDialog({ pack, limits, onClose }: { pack: string; limits: Limits | undefined; onClose: () => void }) {
  const { t } = useTranslation("policies");
  const { t: shared } = useTranslation();
  const client = useQueryClient();
  const [currency, setCurrency] = useState(Object.keys(limits?.max_money_allowed ?? {})[0] ?? "EUR");
  const [form, setForm] = useState({
    max_newly_allowed_bps: limits?.max_newly_allowed_bps ?? 100,
    max_newly_blocked_bps: limits?.max_newly_blocked_bps ?? 250,
    max_extra_tasks_bps: limits?.max_extra_tasks_bps ?? 1000,
    max_unknown_bps: limits?.max_unknown_bps ?? 0,
    money: limits?.max_money_allowed[currency] ?? 0,
    window_days: limits?.window_days ?? 90,
    report_hours: limits?.report_hours ?? 24,
  });
  const put = (name: keyof typeof form, scale: number) => (value: number | string) =>
    setForm((before) => ({ ...before, [name]: Math.round(Number(value) * scale) }));
  const set = useMutation({
    mutationFn: () => {
      const { money, ...rest } = form;
      const max_money_allowed = { ...limits?.max_money_allowed, [currency]: money };
      return take(api.PUT("/policies/limits/{pack}", { params: { path: { pack } }, body: { ...rest, max_money_allowed } }));
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.policies.all });
      onClose();
    },
  });
  const ready = /^[A-Z]{3}$/.test(currency) && !set.isPending;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ready) set.mutate();
  };
  return (
    <Dialog opened onClose={onClose} title={t("limits.title", { pack })}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">{t("limits.text")}</Text>
          <SimpleGrid cols={2}>
            {SHARES.map(([name, text], place) => (
              <NumberInput
                key={name}
                label={t(`limits.${text}`)}
                value={form[name] / 100}
                onChange={put(name, 100)}
                min={0}
                max={name === "max_extra_tasks_bps" ? undefined : 100}
                decimalScale={2}
                hideControls
                data-autofocus={place === 0 || undefined}
              />
            ))}
            <NumberInput label={t("limits.money")} value={form.money / 100} onChange={put("money", 100)} min={0} decimalScale={2} hideControls />
            <TextInput label={t("limits.currency")} value={currency} onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())} maxLength={3} />
            <NumberInput label={t("limits.days")} value={form.window_days} onChange={put("window_days", 1)} min={1} allowDecimal={false} hideControls />
            <NumberInput label={t("limits.hours")} value={form.report_hours} onChange={put("report_hours", 1)} min={1} allowDecimal={false} hideControls />
          </SimpleGrid>
          {set.error && <Failure error={set.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {shared("action.cancel")}
            </Button>
            <Button type="submit" loading={set.isPending} disabled={!ready}>
              {t("limits.set")}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

import { Group, NumberInput, Text } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { instant } from "../../format/values";
import { useMay } from "../../session/session";
import { Failure, Loading } from "../../states/states";
import { Tone, type ToneName } from "../../states/Tone";
import type { Column } from "../../table/columns";
import { DataTable } from "../../table/DataTable";
import { DeedDialog } from "../DeedDialog";
import { targetsQuery, type Target } from "../queries";
import { Nothing, Section } from "./Section";

const TONES: Record<Target["breaker"], ToneName> = { closed: "good", half_open: "warning", open: "danger" };

/** Every target that was ever called under a limit: its breaker, the calls under way, and what it takes. */
export function Targets() {
  const { t, i18n } = useTranslation("admin");
  const maySet = useMay("limit.set");
  const targets = useQuery(targetsQuery);
  const [open, setOpen] = useState<Target | null>(null);
  const columns = useMemo(
    (): Column<Target>[] => [
      { id: "target", header: t("systems.name"), value: (row) => row.target, width: 180 },
      {
        id: "breaker",
        header: t("systems.breaker"),
        value: (row) => t(`breaker.${row.breaker}`),
        cell: (row) => (
          <Tone tone={TONES[row.breaker]}>
            {t(`breaker.${row.breaker}`)}
            {row.retry_at && ` · ${t("systems.retryAt", { at: instant(row.retry_at, i18n.language) })}`}
          </Tone>
        ),
        width: 220,
      },
      { id: "failures", header: t("systems.failures"), value: (row) => row.failures, numeric: true, width: 110 },
      { id: "calls", header: t("systems.calls"), value: (row) => row.calls_under_way, numeric: true, width: 130 },
      { id: "waiting", header: t("systems.waiting"), value: (row) => row.cases_waiting, numeric: true, width: 130 },
      { id: "limits", header: t("systems.limits"), value: (row) => limitsText(row, t), grow: true },
    ],
    [t, i18n.language],
  );
  return (
    <Section title={t("systems.targets")} text={t("systems.targetsText")}>
      {targets.isPending && <Loading />}
      {targets.error && <Failure error={targets.error} retry={() => void targets.refetch()} />}
      {targets.data?.length === 0 && <Nothing>{t("systems.noTargets")}</Nothing>}
      {targets.data && targets.data.length > 0 && (
        <DataTable
          label={t("systems.targets")}
          file="targets"
          columns={columns}
          rows={targets.data}
          id={(row) => row.target}
          onOpen={maySet ? setOpen : undefined}
          height={320}
        />
      )}
      {open && <LimitsDialog target={open} onClose={() => setOpen(null)} />}
    </Section>
  );
}

function limitsText({ limits }: Target, t: TFunction<"admin">): string {
  if (!limits) return t("systems.declared");
  const parts = [
    limits.max_concurrent ? t("limit.atOnceIs", { count: limits.max_concurrent }) : "",
    limits.rate ? t("limit.rateIs", { calls: limits.rate.calls, seconds: limits.rate.per_seconds }) : "",
    limits.breaker ? t("limit.breakerIs", { failures: limits.breaker.failures, seconds: limits.breaker.cool_down_seconds }) : "",
  ];
  return parts.filter(Boolean).join(" · ") || t("systems.unlimited");
}

type Field = "atOnce" | "calls" | "perSeconds" | "failures" | "coolDown";

function LimitsDialog({ target, onClose }: { target: Target; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const limits = target.limits;
  const [form, setForm] = useState<Record<Field, number | "">>({
    atOnce: limits?.max_concurrent ?? "",
    calls: limits?.rate?.calls ?? "",
    perSeconds: limits?.rate?.per_seconds ?? "",
    failures: limits?.breaker?.failures ?? "",
    coolDown: limits?.breaker?.cool_down_seconds ?? "",
  });
  const saved = useMutation({
    mutationFn: () => {
      const { atOnce, calls, perSeconds, failures, coolDown } = form;
      const body = {
        max_concurrent: atOnce || null,
        rate: calls && perSeconds ? { calls, per_seconds: perSeconds, burst: limits?.rate?.burst ?? 1 } : null,
        breaker: failures && coolDown ? { failures, cool_down_seconds: coolDown } : null,
      };
      return take(api.PUT("/targets/{target}/limits", { params: { path: { target: target.target } }, body }));
    },
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: keys.admin.targets }),
  });
  const field = (name: Field) => (
    <NumberInput
      label={t(`limit.${name}`)}
      min={1}
      allowDecimal={false}
      allowNegative={false}
      hideControls
      value={form[name]}
      onChange={(value) => setForm({ ...form, [name]: typeof value === "number" ? value : "" })}
    />
  );
  return (
    <DeedDialog title={`${t("systems.limits")}: ${target.target}`} deed={t("save")} done={saved} onClose={onClose}>
      <Text size="sm">{t("limit.text")}</Text>
      {field("atOnce")}
      <Group grow>
        {field("calls")}
        {field("perSeconds")}
      </Group>
      <Group grow>
        {field("failures")}
        {field("coolDown")}
      </Group>
    </DeedDialog>
  );
}

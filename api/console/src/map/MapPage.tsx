import { Group, NativeSelect, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef } from "react";
import { useTranslation } from "react-i18next";
import { OfProcess, ProcessChoice, type Named } from "../analytics/ProcessChoice";
import { mapQuery, type Process } from "../analytics/queries";
import { useFresh } from "../analytics/useFresh";
import { keys } from "../api/keys";
import { useMay } from "../session/session";
import { useHelp } from "../shell/helpGroups";
import { useKeys } from "../shell/shortcuts";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import { Bottlenecks } from "./Bottlenecks";
import { Comparison } from "./Comparison";
import { MapGraph, useOpenCases } from "./MapGraph";
import { chosenOf, type MapSearch } from "./search";
import "./texts";

export default function MapPage() {
  return useMay("analytics.read") ? <ChosenMap /> : <NoPermission />;
}

/** Every version is a map of its own. */
const byVersion = (processes: readonly Process[]): Named[] =>
  processes.map((one) => ({ value: `${one.name}@${one.version}`, label: `${one.title} · ${one.version}` }));

function ChosenMap() {
  const { t } = useTranslation("map");
  const search = useSearch({ from: "/shell/map" });
  useDocumentTitle(`${t("title")} · Interlock`);
  return (
    <OfProcess choices={byVersion} chosen={search.process}>
      {(reference, references) =>
        references.some((one) => one.value === reference) ? (
          <ProcessMapOf reference={reference} references={references} />
        ) : (
          <Empty title={t("unknown")}>{reference}</Empty>
        )
      }
    </OfProcess>
  );
}

function ProcessMapOf({ reference, references }: { reference: string; references: Named[] }) {
  const { t } = useTranslation("map");
  const navigate = useNavigate();
  const chosen = chosenOf(useSearch({ from: "/shell/map" }));
  const query = mapQuery(reference, chosen.days);
  const found = useQuery(query);
  const bottlenecks = useRef<HTMLOListElement>(null);
  const openCases = useOpenCases();
  useFresh(keys.analytics.all);
  const choose = (changed: MapSearch) => void navigate({ from: "/map", to: "/map", search: (before) => ({ ...before, ...changed }), replace: true });
  const name = reference.split("@")[0];
  const others = references.filter((one) => one.value !== reference && one.value.split("@")[0] === name);
  const compare = others.find((one) => one.value === chosen.compare)?.value;
  useKeys({
    h: () => choose({ heat: chosen.heat === "waiting" ? "frequency" : undefined }),
    t: () => choose({ view: chosen.view ? undefined : "table" }),
    b: () => bottlenecks.current?.querySelector("button")?.focus(),
  });
  useHelp(t("title"), [
    ["h", t("key.heat")],
    ["t", t("key.table")],
    ["b", t("key.bottleneck")],
  ]);
  const live = found.data?.figures.reduce((sum, step) => sum + step.live, 0) ?? 0;
  const incidents = found.data?.figures.reduce((sum, step) => sum + step.incidents, 0) ?? 0;

  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end" gap="sm">
        <Stack gap={4}>
          <Title order={1}>{t("title")}</Title>
          <Group gap={6}>
            <Tone>{t("live", { count: live })}</Tone>
            {incidents > 0 && <Tone tone="danger">{t("incidents", { count: incidents })}</Tone>}
            {found.data && found.data.behind > 0 && <Tone tone="warning">{t("behind", { count: found.data.behind })}</Tone>}
          </Group>
        </Stack>
        <Group gap="sm" align="flex-end" className="no-print">
          <ProcessChoice
            process={reference}
            choices={references}
            onProcess={(process) => choose({ process, compare: undefined })}
            days={chosen.days}
            onDays={(days) => choose({ days })}
          >
            {others.length > 0 && (
              <NativeSelect
                label={t("compare")}
                data={[{ value: "", label: t("alone") }, ...others]}
                value={compare ?? ""}
                onChange={(event) => choose({ compare: event.currentTarget.value || undefined })}
                w={240}
              />
            )}
          </ProcessChoice>
          <Choice
            label={t("heat")}
            value={chosen.heat}
            options={{ waiting: t("heats.waiting"), frequency: t("heats.frequency") }}
            onChange={(heat) => choose({ heat: heat === "frequency" ? heat : undefined })}
          />
          <Choice
            label={t("view")}
            value={chosen.view ?? "graph"}
            options={{ graph: t("views.graph"), table: t("views.table") }}
            onChange={(view) => choose({ view: view === "table" ? view : undefined })}
          />
        </Group>
      </Group>
      {found.isPending ? (
        <Loading />
      ) : found.error ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : compare ? (
        <Comparison first={found.data} second={compare} days={chosen.days} heat={chosen.heat} table={chosen.view === "table"} />
      ) : (
        <>
          <Bottlenecks map={found.data} list={bottlenecks} onOpen={(step) => openCases(reference, step)} />
          <MapGraph map={found.data} heat={chosen.heat} table={chosen.view === "table"} />
        </>
      )}
      <Text size="xs" c="dimmed" className="no-print">
        {t("hint")} {t("keys")}
      </Text>
    </Stack>
  );
}

function Choice<Value extends string>(props: { label: string; value: Value; options: Record<Value, string>; onChange: (value: Value) => void }) {
  const data = Object.entries<string>(props.options).map(([value, label]) => ({ value: value as Value, label }));
  return (
    <div>
      <Text size="sm" fw={500} mb={2} aria-hidden="true">
        {props.label}
      </Text>
      <SegmentedControl aria-label={props.label} data={data} value={props.value} onChange={props.onChange} transitionDuration={0} />
    </div>
  );
}

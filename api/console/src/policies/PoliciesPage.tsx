import { Anchor, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { day, instant } from "../format/values";
import { useChanges } from "../live/live";
import { useMay } from "../session/session";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone, type ToneName } from "../states/Tone";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import { inForce, packsQuery, proposalsQuery, type Activation, type Pack, type Proposal } from "./queries";
import { TABS, type Tab } from "./search";
import { Suggestions } from "./Suggestions";
import "./texts";

const TOPICS = ["pack"] as const;
export const STATUS_TONES: Record<string, ToneName> = { open: "warning", activated: "good", withdrawn: "quiet" };

export default function PoliciesPage() {
  return useMay("case.read") ? <Policies /> : <NoPermission />;
}

function Policies() {
  const { t } = useTranslation("policies");
  const client = useQueryClient();
  const { show: tab = "force" } = useSearch({ from: "/shell/policies" });
  const may: Record<Tab, boolean> = { force: true, proposals: true, history: true, suggestions: useMay("policies.propose") };
  const packs = useQuery(packsQuery);
  const proposals = useQuery(proposalsQuery);
  useDocumentTitle(`${t("title")} · Interlock`);
  useChanges(
    TOPICS,
    useCallback(() => void client.invalidateQueries({ queryKey: keys.policies.all }), [client]),
  );
  const open = proposals.data?.proposals.filter((one) => one.status === "open").length ?? 0;
  const error = packs.error ?? proposals.error;
  return (
    <Stack gap="sm">
      <div>
        <Title order={1}>{t("title")}</Title>
        <Text size="sm" c="dimmed">
          {t("intro")}
        </Text>
      </div>
      <nav aria-label={t("tabs")}>
        <Group gap={4}>
          {TABS.filter((one) => may[one]).map((one) => (
            <Link
              key={one}
              to="/policies"
              search={one === "force" ? {} : { show: one }}
              className="nav-link"
              activeOptions={{ exact: true, includeSearch: true }}
              activeProps={{ "aria-current": "page" }}
            >
              {t(`tab.${one}`)}
              {one === "proposals" && open > 0 && <span className="tone number">{open}</span>}
            </Link>
          ))}
        </Group>
      </nav>
      {error ? (
        <Failure error={error} retry={() => void Promise.all([packs.refetch(), proposals.refetch()])} />
      ) : !packs.data || !proposals.data ? (
        <Loading />
      ) : tab === "proposals" ? (
        <Proposals proposals={proposals.data.proposals} people={proposals.data.people} />
      ) : tab === "history" ? (
        <History packs={packs.data.packs} activations={packs.data.activations} people={packs.data.people} />
      ) : tab === "suggestions" ? (
        <Suggestions />
      ) : (
        <InForce {...packs.data} proposals={proposals.data.proposals} />
      )}
    </Stack>
  );
}

/** The name of whoever acted; what came with a release was nobody's act. */
export function useNamed(people: Record<string, string>): (id: string) => string {
  const { t } = useTranslation("policies");
  return (id) => people[id] ?? (id === "package" || id === "release" ? t("byRelease") : id);
}

interface Known {
  packs: Pack[];
  activations: Activation[];
  people: Record<string, string>;
}

function InForce({ packs, activations, people, proposals }: Known & { proposals: Proposal[] }) {
  const { t, i18n } = useTranslation("policies");
  const navigate = useNavigate();
  const named = useNamed(people);
  const versions = useMemo(() => new Map(packs.map((pack) => [pack.digest, pack.version])), [packs]);
  const rows = useMemo(() => inForce(activations, Date.now()), [activations]);
  const never = packs.filter((pack) => !activations.some((one) => one.digest === pack.digest));
  const columns: Column<Activation>[] = [
    {
      id: "pack",
      header: t("columns.pack"),
      value: (row) => row.pack,
      cell: (row) => <PackLink digest={row.digest}>{row.pack}</PackLink>,
      width: 190,
      grow: true,
    },
    { id: "version", header: t("columns.version"), value: (row) => versions.get(row.digest) ?? "", width: 100 },
    { id: "since", header: t("columns.since"), value: (row) => row.from_at, cell: (row) => instant(row.from_at, i18n.language), width: 205 },
    { id: "approved", header: t("columns.approvedBy"), value: (row) => named(row.approved_by), width: 170 },
    { id: "proposed", header: t("columns.proposedBy"), value: (row) => named(row.proposed_by), width: 170 },
    { id: "own", header: t("columns.own"), value: (row) => Object.keys(row.parameters).length, numeric: true, width: 120 },
    {
      id: "open",
      header: t("columns.open"),
      value: (row) => proposals.filter((one) => one.pack === row.pack && one.status === "open").length,
      numeric: true,
      width: 130,
    },
  ];
  return (
    <>
      <DataTable
        label={t("packs")}
        file="rule-packs"
        columns={columns}
        rows={rows}
        id={(row) => row.pack}
        onOpen={(row) => void navigate({ to: "/policies/packs/$digest", params: { digest: row.digest } })}
      />
      {never.length > 0 && (
        <section className="surface" style={{ padding: "14px 18px" }}>
          <Title order={2}>{t("stored")}</Title>
          <Text size="sm">{t("storedText", { count: never.length })}</Text>
          <ul style={{ margin: "6px 0 0", paddingInlineStart: 18 }}>
            {never.map((pack) => (
              <li key={pack.digest}>
                <PackLink digest={pack.digest}>
                  {pack.pack} {pack.version}
                </PackLink>{" "}
                <Text span size="xs" c="dimmed">
                  {named(pack.stored_by)}, {instant(pack.stored_at, i18n.language)}
                </Text>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  );
}

function PackLink({ digest, children }: { digest: string; children: React.ReactNode }) {
  return (
    <Anchor size="sm" underline="always" renderRoot={(props) => <Link to="/policies/packs/$digest" params={{ digest }} {...props} />}>
      {children}
    </Anchor>
  );
}

function History({ packs, activations, people }: Known) {
  const { t, i18n } = useTranslation("policies");
  const navigate = useNavigate();
  const named = useNamed(people);
  const versions = useMemo(() => new Map(packs.map((pack) => [pack.digest, pack.version])), [packs]);
  const columns: Column<Activation>[] = [
    { id: "pack", header: t("columns.pack"), value: (row) => row.pack, cell: (row) => <PackLink digest={row.digest}>{row.pack}</PackLink>, width: 190, grow: true },
    { id: "number", header: t("columns.number"), value: (row) => row.number, numeric: true, width: 60 },
    { id: "version", header: t("columns.version"), value: (row) => versions.get(row.digest) ?? "", width: 100 },
    { id: "at", header: t("columns.activatedAt"), value: (row) => row.activated_at, cell: (row) => instant(row.activated_at, i18n.language), width: 205 },
    { id: "from", header: t("columns.since"), value: (row) => row.from_at, cell: (row) => instant(row.from_at, i18n.language), width: 205 },
    { id: "cases", header: t("columns.casesSince"), value: (row) => row.cases_since, cell: (row) => (row.cases_since ? day(row.cases_since, i18n.language) : "–"), width: 130 },
    { id: "proposed", header: t("columns.proposedBy"), value: (row) => named(row.proposed_by), width: 160 },
    { id: "approved", header: t("columns.approvedBy"), value: (row) => named(row.approved_by), width: 160 },
  ];
  return (
    <DataTable
      label={t("activations")}
      file="activations"
      columns={columns}
      rows={activations}
      id={(row) => `${row.pack}-${row.number}`}
      onOpen={(row) => void navigate({ to: "/policies/packs/$digest", params: { digest: row.digest } })}
    />
  );
}

function Proposals({ proposals, people }: { proposals: Proposal[]; people: Record<string, string> }) {
  const { t, i18n } = useTranslation("policies");
  const navigate = useNavigate();
  const named = useNamed(people);
  const mayPropose = useMay("policies.propose");
  const changed = (row: Proposal) =>
    row.replay ? row.replay.newly_allowed.cases + row.replay.newly_blocked.cases + row.replay.newly_reviewed.cases : null;
  const columns: Column<Proposal>[] = [
    {
      id: "pack",
      header: t("columns.pack"),
      value: (row) => `${row.pack} ${row.version}`,
      cell: (row) => (
        <Anchor size="sm" renderRoot={(props) => <Link to="/policies/proposals/$proposalId" params={{ proposalId: row.id }} {...props} />}>
          {row.pack} {row.version}
        </Anchor>
      ),
      width: 210,
    },
    {
      id: "status",
      header: t("columns.status"),
      value: (row) => row.status,
      cell: (row) => <Tone tone={STATUS_TONES[row.status] ?? "quiet"}>{t(`status.${row.status}` as "status.open")}</Tone>,
      width: 190,
    },
    { id: "reason", header: t("columns.reason"), value: (row) => row.reason, grow: true, width: 200 },
    {
      id: "replay",
      header: t("columns.replay"),
      value: changed,
      cell: (row) => (row.replay ? t("replayBrief", { cases: changed(row), all: row.replay.cases }) : t("noReplay")),
      width: 190,
    },
    { id: "by", header: t("columns.proposedBy"), value: (row) => named(row.proposed_by), width: 150 },
    { id: "at", header: t("columns.proposedAt"), value: (row) => row.proposed_at, cell: (row) => instant(row.proposed_at, i18n.language), width: 205 },
  ];
  const action = mayPropose ? (
    <Button size="xs" onClick={() => void navigate({ to: "/policies/propose" })}>
      {t("pack.change")}
    </Button>
  ) : undefined;
  if (proposals.length === 0) {
    return (
      <section className="surface">
        <Empty title={t("emptyProposals")} action={action}>
          {t("emptyProposalsText")}
        </Empty>
      </section>
    );
  }
  return (
    <DataTable
      label={t("proposals")}
      file="proposals"
      columns={columns}
      rows={proposals}
      id={(row) => row.id}
      tools={action}
      onOpen={(row) => void navigate({ to: "/policies/proposals/$proposalId", params: { proposalId: row.id } })}
    />
  );
}

import { Alert, Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../api/client";
import { keys } from "../api/keys";
import { day, instant } from "../format/values";
import { useChanges } from "../live/live";
import { useMay, useWhoami } from "../session/session";
import { announce } from "../shell/announcer";
import { useHelp } from "../shell/helpGroups";
import { useKeys } from "../shell/shortcuts";
import { Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import { ActionDialog } from "../tasks/review/ActionDialog";
import { Difference } from "./Difference";
import { STATUS_TONES, useNamed } from "./PoliciesPage";
import { inForce, limitsQuery, optionsQuery, packQuery, packsQuery, proposalQuery, type Proposal } from "./queries";
import { ReplayState, ReportView } from "./ReportView";
import { share } from "./Suggestions";
import { useReplay } from "./useReplay";
import classes from "./policies.module.css";
import "./texts";

const LimitsDialog = lazy(() => import("./LimitsDialog"));
const TOPICS = ["pack"] as const;
type Asked = "approve" | "withdraw" | null;

export default function ProposalPage() {
  return useMay("case.read") ? <ProposalView /> : <NoPermission />;
}

function ProposalView() {
  const { t } = useTranslation("policies");
  const client = useQueryClient();
  const { proposalId: id } = useParams({ from: "/shell/policies/proposals/$proposalId" });
  const who = useWhoami();
  const found = useQuery(proposalQuery(id));
  const options = useQuery(optionsQuery(id, who.id));
  const [asked, setAsked] = useState<Asked>(null);
  const { replay, begin } = useReplay();
  const proposal = found.data?.proposal;
  const offered = options.data;
  useDocumentTitle(`${proposal ? `${proposal.pack} ${proposal.version}` : t("title")} · Interlock`);
  const refresh = useCallback(() => client.invalidateQueries({ queryKey: keys.policies.all }), [client]);
  useChanges(
    TOPICS,
    useCallback(() => void refresh(), [refresh]),
  );
  const run = async () => {
    await begin(() => take(api.POST("/policies/proposals/{proposal_id}/replays", { params: { path: { proposal_id: id } }, parseAs: "stream" })));
    await refresh();
  };
  useKeys({
    r: () => offered?.replay.offered && !replay.running && void run(),
    a: () => offered?.approve.offered && setAsked("approve"),
    w: () => offered?.withdraw.offered && setAsked("withdraw"),
  });
  useHelp(t("proposals"), [
    ["r", t("help.replay")],
    ["a", t("help.approve")],
    ["w", t("help.withdraw")],
  ]);
  const error = found.error ?? options.error;
  if (error) return <Failure error={error} retry={() => void refresh()} />;
  if (!found.data || !proposal || !offered) return <Loading />;
  const report = replay.report ?? found.data.report;
  return (
    <Stack gap="sm">
      <Head proposal={proposal} people={found.data.people} />
      {proposal.status === "open" && (
        <section className={`surface ${classes.part} no-print`} aria-label={t("proposal.decide")}>
          <Group gap="xs">
            {offered.replay.offered && (
              <Button variant={report ? "default" : "filled"} loading={replay.running} onClick={() => void run()}>
                {t(report ? "proposal.replayAgain" : "proposal.replay")}
              </Button>
            )}
            {offered.approve.offered && <Button onClick={() => setAsked("approve")}>{t("proposal.approve")}</Button>}
            {offered.withdraw.offered && (
              <Button variant="default" onClick={() => setAsked("withdraw")}>
                {t("proposal.withdraw")}
              </Button>
            )}
            <Text size="sm" c="dimmed">
              <WhyNot options={offered} status={proposal.status} />
            </Text>
          </Group>
          <ReplayState replay={replay} retry={() => void run()} />
        </section>
      )}
      {report ? (
        <ReportView report={report} />
      ) : (
        <Alert color="signal" variant="outline">
          {t("proposal.noReport")}
        </Alert>
      )}
      <LimitsPart pack={proposal.pack} />
      <TextPart proposal={proposal} />
      {asked && <Ask asked={asked} proposal={proposal} onClose={() => setAsked(null)} onDone={refresh} />}
    </Stack>
  );
}

const ended = (sentence: string | null): string => (/[.?!]$/.test(sentence ?? "") ? (sentence ?? "") : `${sentence}.`);

function WhyNot({ options, status }: { options: Schemas["ProposalOptions"]; status: string }) {
  const { t } = useTranslation("policies");
  if (status !== "open") return null;
  if (!options.approve.offered && options.approve.code !== "permission_missing") return <>{`${t("proposal.why.approve")} ${ended(options.approve.why)}`}</>;
  if (!options.replay.offered && options.replay.code !== "permission_missing") return <>{`${t("proposal.why.replay")} ${ended(options.replay.why)}`}</>;
  return options.approve.offered || options.replay.offered || options.withdraw.offered ? null : <>{t("proposal.nothing")}</>;
}

function Head({ proposal, people }: { proposal: Proposal; people: Record<string, string> }) {
  const { t, i18n } = useTranslation("policies");
  const named = useNamed(people);
  const own = Object.entries(proposal.parameters);
  const decided = proposal.status === "activated" || proposal.status === "withdrawn" ? proposal.status : null;
  return (
    <div>
      <Group gap="sm">
        <Title order={1}>{t("proposal.title", { pack: proposal.pack, version: proposal.version })}</Title>
        <Tone tone={STATUS_TONES[proposal.status] ?? "quiet"}>{t(`status.${proposal.status}` as "status.open")}</Tone>
      </Group>
      <Text size="sm" c="dimmed">
        {t("proposal.by", { name: named(proposal.proposed_by), at: instant(proposal.proposed_at, i18n.language) })}
        {decided && proposal.decided_by && proposal.decided_at && (
          <> · {t(`proposal.decided.${decided}`, { name: named(proposal.decided_by), at: instant(proposal.decided_at, i18n.language) })}</>
        )}
      </Text>
      <section className={`surface ${classes.part}`} style={{ marginBlockStart: 10 }}>
        <table className="facts">
          <tbody>
            <Fact name={t("proposal.reason")}>{proposal.reason}</Fact>
            <Fact name={t("proposal.from")}>{proposal.from_at ? instant(proposal.from_at, i18n.language) : t("proposal.atOnce")}</Fact>
            <Fact name={t("proposal.casesSince")}>{proposal.cases_since ? day(proposal.cases_since, i18n.language) : t("proposal.allCases")}</Fact>
            {own.length > 0 && <Fact name={t("proposal.own")}>{own.map(([name, value]) => `${name} = ${String(value)}`).join(", ")}</Fact>}
            <Fact name={t("proposal.digest")}>
              <Code>{proposal.digest}</Code>
            </Fact>
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{children}</td>
    </tr>
  );
}

function LimitsPart({ pack }: { pack: string }) {
  const { t, i18n } = useTranslation("policies");
  const may = useMay("policies.limits");
  const limits = useQuery(limitsQuery);
  const [setting, setSetting] = useState(false);
  const own = limits.data?.limits.find((one) => one.pack === pack);
  if (!limits.data) return null;
  const shown = (bps: number) => share(bps, i18n.language);
  return (
    <section className={`surface ${classes.part}`}>
      <Group justify="space-between">
        <div>
          <Title order={2}>{t("proposal.limits")}</Title>
          <Text size="sm">
            {own
              ? t("proposal.limitsText", {
                  allowed: shown(own.max_newly_allowed_bps),
                  blocked: shown(own.max_newly_blocked_bps),
                  tasks: shown(own.max_extra_tasks_bps),
                  days: own.window_days,
                })
              : t("proposal.noLimits")}
          </Text>
        </div>
        {may && (
          <Button variant="default" className="no-print" onClick={() => setSetting(true)}>
            {t("proposal.setLimits")}
          </Button>
        )}
      </Group>
      {setting && (
        <Suspense>
          <LimitsDialog pack={pack} limits={own} onClose={() => setSetting(false)} />
        </Suspense>
      )}
    </section>
  );
}

function TextPart({ proposal }: { proposal: Proposal }) {
  const { t } = useTranslation("policies");
  const known = useQuery(packsQuery);
  const active = known.data && inForce(known.data.activations, Date.now()).find((one) => one.pack === proposal.pack);
  const before = useQuery({ ...packQuery(active?.digest ?? ""), enabled: active !== undefined });
  const after = useQuery(packQuery(proposal.digest));
  if (!before.data || !after.data || proposal.status !== "open") return null;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("proposal.text")}>
      <Group gap="xs" align="baseline" mb={6}>
        <Title order={2}>{t("proposal.text")}</Title>
        <Text size="xs" c="dimmed">
          {t("proposal.against", { version: before.data.version })}
        </Text>
      </Group>
      <Difference before={before.data.yaml} after={after.data.yaml} label={t("proposal.text")} same={t("proposal.sameText")} />
    </section>
  );
}

interface AskProps {
  asked: "approve" | "withdraw";
  proposal: Proposal;
  onClose: () => void;
  onDone: () => Promise<void>;
}

/** The one question before a proposal is activated or closed. */
function Ask({ asked, proposal, onClose, onDone }: AskProps) {
  const { t, i18n } = useTranslation("policies");
  const { replay } = proposal;
  const params = { path: { proposal_id: proposal.id } };
  const act = useMutation({
    mutationFn: async (reason: string): Promise<void> => {
      if (asked === "withdraw") await take(api.POST("/policies/proposals/{proposal_id}/withdraw", { params, body: { reason } }));
      else {
        const body = { digest: proposal.digest, report_digest: replay?.report_digest ?? "" };
        await take(api.POST("/policies/proposals/{proposal_id}/approve", { params, body }));
      }
    },
    onSuccess: async () => {
      announce(t(asked === "approve" ? "proposal.approved" : "proposal.withdrawn"));
      await onDone();
      onClose();
    },
  });
  const changed = replay ? replay.newly_allowed.cases + replay.newly_blocked.cases + replay.newly_reviewed.cases : 0;
  const wanted =
    asked === "approve"
      ? {
          title: t("proposal.approveTitle"),
          confirm: t("proposal.approve"),
          text: t("proposal.approveText", { at: replay ? instant(replay.made_at, i18n.language) : "", cases: changed, all: replay?.cases ?? 0 }),
          reason: "none" as const,
        }
      : { title: t("proposal.withdrawTitle"), confirm: t("proposal.withdraw"), reason: "required" as const };
  return <ActionDialog wanted={wanted} error={act.error} busy={act.isPending} onConfirm={({ reason }) => act.mutate(reason)} onClose={onClose} />;
}

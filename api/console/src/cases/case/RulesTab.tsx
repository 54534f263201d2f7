import { Checkbox, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { instant, words } from "../../format/values";
import { Empty, Failure, Loading } from "../../states/states";
import { Tone, type ToneName } from "../../states/Tone";
import { Value } from "../../states/Value";
import { historyQuery } from "../queries";
import classes from "../cases.module.css";

type Verdict = Schemas["VerdictView"];
const TONES: Record<string, ToneName> = { allow: "good", review: "warning", deny: "danger" };
const SEVERITIES: Record<string, ToneName> = { block: "danger", review: "warning", obligation: "warning", warn: "quiet" };

/** Each verdict in the words of its rules, with the facts they saw. */
export function RulesTab({ id }: { id: string }) {
  const { t } = useTranslation("cases");
  const history = useQuery(historyQuery(id));
  const [fired, setFired] = useState(true);
  if (history.isPending) return <Loading />;
  if (history.error) return <Failure error={history.error} retry={() => void history.refetch()} />;
  const { verdicts } = history.data;
  if (verdicts.length === 0) return <Empty title={t("rules.none")}>{t("rules.noneText")}</Empty>;
  const shown = verdicts.filter((one) => !fired || one.findings.length > 0 || one.undecided.length > 0 || one.engine_fault);
  return (
    <Stack gap="sm">
      <Checkbox label={t("rules.onlyFired")} checked={fired} onChange={(event) => setFired(event.currentTarget.checked)} className="no-print" />
      {shown.length === 0 && <Text size="sm">{t("rules.noneFired")}</Text>}
      {shown.map((one, place) => (
        // An entry of the trail may hold several verdicts, in their order, which never changes.
        <VerdictCard key={`${one.seq}/${place}`} verdict={one} />
      ))}
    </Stack>
  );
}

function VerdictCard({ verdict }: { verdict: Verdict }) {
  const { t, i18n } = useTranslation("cases");
  const common = useTranslation().t;
  const title = [verdict.step ? words(verdict.step) : "", verdict.tool ?? ""].filter(Boolean).join(" · ");
  return (
    <section className={`surface ${classes.part}`} aria-label={title}>
      <div className={classes.header}>
        <Title order={2}>{title}</Title>
        <Tone tone={TONES[verdict.verdict] ?? "warning"}>{t(`rules.verdict.${verdict.verdict}` as "rules.verdict.allow")}</Tone>
        <Text size="xs" c="dimmed">
          {t("rules.at", { point: verdict.point })} · {t("rules.pack", { pack: verdict.pack, version: verdict.pack_version })} ·{" "}
          <span title={verdict.pack_digest}>{verdict.pack_digest.slice(0, 8)}</span> · {instant(verdict.at, i18n.language)}
        </Text>
      </div>
      {verdict.engine_fault && <Text size="sm">{verdict.engine_fault}</Text>}
      {verdict.findings.length === 0 && verdict.undecided.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("rules.noFinding")}
        </Text>
      )}
      <ul className={classes.list}>
        {verdict.findings.map((finding) => {
          const severity = `severity.${finding.severity}`;
          return (
            <li key={finding.rule} style={{ marginBlockStart: 8 }}>
              <Tone tone={SEVERITIES[finding.severity] ?? "warning"}>{i18n.exists(severity) ? String(common(severity as never)) : finding.severity}</Tone>{" "}
              <Text span size="sm" fw={550}>
                {finding.title || finding.rule}
              </Text>
              <Text size="sm">{finding.message}</Text>
              <Text size="xs" c="dimmed">
                {[finding.rule, finding.source, finding.when].filter(Boolean).join(" · ")}
              </Text>
            </li>
          );
        })}
        {verdict.undecided.map((one) => (
          <li key={one.rule} style={{ marginBlockStart: 8 }}>
            <Text size="sm" fw={550}>
              {one.rule}
            </Text>
            <Text size="sm">
              {t("rules.undecided")} {one.missing.join(", ")}
            </Text>
          </li>
        ))}
      </ul>
      {verdict.obligations.length > 0 && (
        <Text size="sm" mt={6}>
          {t("rules.obligations")}: {verdict.obligations.map((one) => `${words(one)}${verdict.met.includes(one) ? " ✓" : ""}`).join(", ")}
        </Text>
      )}
      <details className={classes.details}>
        <summary>{t("rules.facts")}</summary>
        <Value value={verdict.facts} />
      </details>
      {Object.keys(verdict.parameters).length > 0 && (
        <details className={classes.details}>
          <summary>{t("rules.parameters")}</summary>
          <Value value={verdict.parameters} />
        </details>
      )}
    </section>
  );
}

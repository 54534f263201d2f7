import { Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { instant, percent, words } from "../../format/values";
import { Empty, Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import { historyQuery } from "../queries";
import classes from "../cases.module.css";

type Decision = Schemas["DecisionView"];

/** What models were asked in this case: their answers, how far those may be believed, and what they cost. */
export function AgentsTab({ id }: { id: string }) {
  const { t, i18n } = useTranslation("cases");
  const history = useQuery(historyQuery(id));
  if (history.isPending) return <Loading />;
  if (history.error) return <Failure error={history.error} retry={() => void history.refetch()} />;
  const { decisions } = history.data;
  if (decisions.length === 0) return <Empty title={t("agents.none")}>{t("agents.noneText")}</Empty>;
  const tokens = decisions.reduce((sum, one) => sum + one.tokens_in + one.tokens_out, 0);
  const costs = decisions.filter((one) => one.calls > 0).map((one) => one.cost_micros);
  const known = costs.every((one) => one !== null);
  return (
    <Stack gap="sm">
      {costs.length > 0 && <Text size="sm">
        {t("agents.total", {
          tokens: new Intl.NumberFormat(i18n.language).format(tokens),
          cost: known ? cost(costs.reduce<number>((sum, one) => sum + (one ?? 0), 0), i18n.language) : t("agents.unknownCost"),
        })}
      </Text>}
      {decisions.map((one) => (
        <DecisionCard key={one.seq} decision={one} />
      ))}
    </Stack>
  );
}

/** Millionths as units: the API names no currency for what models cost. */
function cost(micros: number, language: string): string {
  return new Intl.NumberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 6 }).format(micros / 1_000_000);
}

function DecisionCard({ decision }: { decision: Decision }) {
  const { t, i18n } = useTranslation("cases");
  const bps = (value: number) => percent(value / 10_000, i18n.language);
  const hidden = decision.status === "answered" && decision.choice === null && decision.reason === null;
  const asked = decision.calls > 0;
  const facts: [string, string][] =
    hidden || !asked
    ? []
    : [
        [t("agents.raw"), bps(decision.raw_bps)],
        [t("agents.calibrated"), decision.confidence_bps === null ? t("agents.uncalibrated") : bps(decision.confidence_bps)],
        [t("agents.agreement"), bps(decision.agreement_bps)],
      ];
  if (asked) facts.push(
    [t("agents.tokens"), `${decision.tokens_in} + ${decision.tokens_out}`],
    [t("agents.cost"), decision.cost_micros === null ? t("agents.unknownCost") : cost(decision.cost_micros, i18n.language)],
    [t("agents.took"), t("agents.seconds", { count: Math.round(decision.milliseconds / 100) / 10 })],
    [t("agents.model"), decision.model ?? "–"],
  );
  if (decision.gate) facts.push([t("agents.gate"), decision.gate]);
  return (
    <section className={`surface ${classes.part}`} aria-label={decision.decision_class}>
      <Stack gap={8}>
        <div className={classes.header}>
          <Title order={2}>{decision.step ? words(decision.step) : decision.decision_class}</Title>
          <Tone tone={decision.autonomous ? "good" : "warning"} mark={decision.autonomous ? "✦" : "☺"}>
            {t(decision.autonomous ? "agents.counted" : "agents.advised")}
          </Tone>
          <Text size="xs" c="dimmed">
            {decision.decision_class} · {decision.prompt} · {instant(decision.at, i18n.language)}
          </Text>
        </div>
        {hidden ? (
          <Text size="sm">{t("agents.hidden")}</Text>
        ) : (
          <Text size="sm" fw={550}>
            {decision.choice ?? (decision.why || t(`agents.status.${decision.status}` as "agents.status.answered", { defaultValue: words(decision.status) }))}
          </Text>
        )}
        {decision.reason && (
          <div>
            <Text size="xs" c="dimmed">
              {t("agents.reasoning")}
            </Text>
            <Text size="sm" fs="italic">
              “{decision.reason}”
            </Text>
          </div>
        )}
        <dl className={classes.facts}>
          {facts.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        {decision.signals.length > 0 && (
          <Text size="sm" component="div">
            {t("agents.signals")}:{" "}
            {decision.signals.map((one) => (
              <Tone key={one} tone="warning">
                {words(one)}
              </Tone>
            ))}
          </Text>
        )}
        {decision.evidence.length > 0 && (
          <details className={classes.details}>
            <summary>{t("agents.evidence")}</summary>
            <ul>
              {decision.evidence.map((quote, place) => (
                <li key={place}>
                  <Text size="sm">
                    “{String(quote.text ?? "")}”{" "}
                    <Text span size="xs" c="dimmed">
                      {String(quote.source ?? "")}
                    </Text>
                  </Text>
                </li>
              ))}
            </ul>
          </details>
        )}
      </Stack>
    </section>
  );
}

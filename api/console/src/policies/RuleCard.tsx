import { Code, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { day } from "../format/values";
import { Tone, type ToneName } from "../states/Tone";
import type { Rule } from "./queries";
import classes from "./policies.module.css";
import "./texts";

const TONES: Record<string, ToneName> = { block: "danger", review: "warning", obligation: "warning", warn: "quiet" };

/** A rule in plain words; the condition itself stands in the source beside it. */
export function RuleCard({ rule, chosen, place, onChoose }: { rule: Rule; chosen: boolean; place: number; onChoose: () => void }) {
  const { t, i18n } = useTranslation("policies");
  const { t: shared } = useTranslation();
  const today = new Date().toISOString().slice(0, 10);
  const notYet = rule.effective_from !== null && rule.effective_from > today;
  const over = rule.effective_to !== null && rule.effective_to < today;
  const obligation = (rule.obligation ?? "").replaceAll("_", " ");
  return (
    <li>
      <article className={classes.rule} data-chosen={chosen || undefined} aria-labelledby={`rule-${rule.id}`}>
        <button
          type="button"
          id={`rule-${rule.id}`}
          className={classes.choose}
          data-place={place}
          aria-pressed={chosen}
          onClick={onChoose}
          onFocus={onChoose}
        >
          <Tone tone={TONES[rule.severity] ?? "quiet"}>{shared(`severity.${rule.severity}` as "severity.block")}</Tone>
          <span>{rule.title}</span>
        </button>
        <div className={classes.says}>
          <Text size="sm" component="div">
            {t(`rule.when.${rule.severity}` as "rule.when.block", { obligation })}{" "}
            {rule.fires.parts.length === 1 ? rule.fires.parts[0] : t(rule.fires.every ? "rule.all" : "rule.one")}
            {rule.fires.parts.length > 1 && <Parts parts={rule.fires.parts} />}
          </Text>
          {rule.applies && (
            <Text size="sm" component="div" c="dimmed">
              {t("rule.only")}{" "}
              {rule.applies.parts.length === 1 ? rule.applies.parts[0] : t(rule.applies.every ? "rule.all" : "rule.one")}
              {rule.applies.parts.length > 1 && <Parts parts={rule.applies.parts} />}
            </Text>
          )}
          <Text size="sm">
            <Text span c="dimmed" size="sm">
              {t("rule.says")}:{" "}
            </Text>
            {rule.message}
          </Text>
          <Text size="xs" c="dimmed" component="div">
            <Code>{rule.id}</Code> · {t("rule.at", { points: rule.at.join(", ") })} · {rule.regulation}, {rule.clause} ·{" "}
            {rule.effective_from === null && rule.effective_to === null
              ? t("rule.always")
              : [
                  rule.effective_from && t("rule.from", { day: day(rule.effective_from, i18n.language) }),
                  rule.effective_to && t("rule.to", { day: day(rule.effective_to, i18n.language) }),
                ]
                  .filter(Boolean)
                  .join(" ")}{" "}
            {notYet && <Tone tone="warning">{t("rule.notYet")}</Tone>}
            {over && <Tone tone="quiet">{t("rule.over")}</Tone>} · {t("rule.examples", { count: rule.examples })}
          </Text>
        </div>
      </article>
    </li>
  );
}

function Parts({ parts }: { parts: readonly string[] }) {
  return (
    <ul className={classes.parts}>
      {parts.map((part) => (
        <li key={part}>{part}</li>
      ))}
    </ul>
  );
}

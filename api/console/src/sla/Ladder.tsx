import { Group, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { instant, words } from "../format/values";
import { Tone, type ToneName } from "../states/Tone";
import { Acknowledge } from "./Acknowledge";
import type { LadderStep } from "./queries";
import classes from "./sla.module.css";

const TONES: Record<string, ToneName> = { reached: "warning", acknowledged: "good", refused: "danger" };
const PAST: readonly string[] = ["reached", "acknowledged", "skipped", "refused"];

/** The trail of an escalation: each step with when it comes or came, who was told and why, and who looks after it. */
export function Ladder({ ladder }: { ladder: Schemas["LadderView"] }) {
  return (
    <ol className={classes.ladder}>
      {ladder.steps.map((step) => (
        <li key={`${step.rung}-${step.number}`} data-past={PAST.includes(step.state) || undefined}>
          <Step step={step} />
        </li>
      ))}
    </ol>
  );
}

function Step({ step }: { step: LadderStep }) {
  const { t, i18n } = useTranslation("sla");
  const role = step.action.startsWith("role:") ? step.action.slice(5) : null;
  const deed = role ? t("action.role", { role }) : t(`action.${step.action}` as "action.remind", { defaultValue: step.action });
  const { escalation } = step;
  const at = escalation?.at ?? step.planned_at;
  return (
    <>
      <Group gap={8}>
        <Text size="sm" fw={550}>
          {words(step.rung)}
          {step.number > 0 && ` (${t("times", { number: step.number + 1 })})`}
        </Text>
        <Tone tone={TONES[step.state]}>{t(`step.${step.state}` as "step.ahead", { defaultValue: step.state })}</Tone>
        {at && (
          <Text size="xs" c="dimmed">
            {instant(at, i18n.language)}
          </Text>
        )}
        {escalation?.may_acknowledge && <Acknowledge id={escalation.id} about={words(step.rung)} />}
      </Group>
      <Text size="sm" c="dimmed">
        {step.when}: {deed}
      </Text>
      {escalation && escalation.told.length > 0 && (
        <Text size="sm">
          {t("told", {
            names: escalation.told.map((one) => one.name || one.user).join(", "),
            why: [...new Set(escalation.told.map((one) => one.why))].join("; "),
          })}
        </Text>
      )}
      {escalation?.why && <Text size="sm">{escalation.why}</Text>}
      {escalation?.acknowledged_at && (
        <Text size="sm">
          ✓ {t("by", { name: escalation.acknowledged_name || escalation.acknowledged_by, when: instant(escalation.acknowledged_at, i18n.language) })}
        </Text>
      )}
    </>
  );
}

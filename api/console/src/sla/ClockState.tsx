import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Tone, type ToneName } from "../states/Tone";
import "./texts";

const TONES: Record<string, ToneName> = { breached: "danger", missed: "danger", stopped: "good", paused: "quiet", running: "quiet", unknown: "warning" };

/** A clock's state in a word; one that runs and is at risk says so. */
export function ClockState({ clock }: { clock: Schemas["ClockView"] }) {
  const { t } = useTranslation("sla");
  if (clock.at_risk_since && (clock.state === "running" || clock.state === "paused")) return <Tone tone="warning">{t("atRisk")}</Tone>;
  return (
    <Tone tone={TONES[clock.state]} mark={clock.state === "paused" ? "⏸" : undefined}>
      {t(`state.${clock.state}` as "state.running", { defaultValue: clock.state })}
    </Tone>
  );
}

import { useTranslation } from "react-i18next";
import { countdown } from "../format/countdown";
import { instant } from "../format/values";
import { useNow } from "../shell/clock";
import { Tone, type ToneName } from "../states/Tone";

const TONES: Record<string, ToneName> = { overdue: "danger", soon: "warning", today: "quiet", later: "quiet" };

/** How long is left; the instant itself on hover, and for whoever listens. */
export function Deadline({ at }: { at: string }) {
  const { t, i18n } = useTranslation();
  const left = countdown(new Date(at), useNow(15_000));
  const length = t(`deadline.${left.unit}`, { count: left.amount });
  const text = left.urgency === "overdue" ? t("deadline.overdue", { length }) : t("deadline.left", { length });
  return (
    <span title={instant(at, i18n.language)}>
      <Tone tone={TONES[left.urgency]}>{text}</Tone>
    </span>
  );
}

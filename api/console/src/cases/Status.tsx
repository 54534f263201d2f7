import { useTranslation } from "react-i18next";
import { Tone, type ToneName } from "../states/Tone";
import type { Status } from "./filter";
import "./texts";

export const STATUS_TONES: Record<Status, { tone: ToneName; mark: string }> = {
  incident: { tone: "danger", mark: "●" },
  waiting: { tone: "warning", mark: "◷" },
  running: { tone: "quiet", mark: "▸" },
  suspended: { tone: "quiet", mark: "‖" },
  compensating: { tone: "warning", mark: "↶" },
  done: { tone: "good", mark: "✓" },
  rejected: { tone: "danger", mark: "✕" },
  cancelled: { tone: "quiet", mark: "—" },
};

export function CaseStatus({ status }: { status: Status }) {
  const { t } = useTranslation("cases");
  return <Tone {...STATUS_TONES[status]}>{t(`status.${status}`)}</Tone>;
}

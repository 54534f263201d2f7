import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { instant, percent, plain, words } from "../../format/values";
import { Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import { precedentsQuery } from "./queries";

/** How people decided about the most alike questions, and in what those differ. It decides nothing. */
export function Precedents({ task }: { task: string }) {
  const { t, i18n } = useTranslation();
  const found = useQuery(precedentsQuery(task));
  const texts = { yes: t("value.yes"), no: t("value.no"), none: t("value.none") };
  if (found.isPending) return <Loading />;
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (found.data.nearest.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("precedents.none")}
      </Text>
    );
  }
  return (
    <Stack gap="sm">
      <Text size="sm">{t("precedents.summary", { count: found.data.compared, similar: found.data.similar })}</Text>
      {found.data.nearest.map((one) => (
        <div key={one.task}>
          <Text size="sm">
            <Tone tone={one.decision === "reject" ? "danger" : "good"} mark={one.decision === "reject" ? "✕" : "✓"}>
              {t(`decision.done.${one.decision}` as "decision.done.approve")}
            </Tone>{" "}
            {one.decided_by} · {instant(one.decided_at, i18n.language)} ·{" "}
            {t("precedents.alike", { share: percent(one.similarity_bps / 10_000, i18n.language) })}
          </Text>
          {one.reason && (
            <Text size="sm" fs="italic">
              “{one.reason}”
            </Text>
          )}
          {one.differs.length > 0 && (
            <Text size="xs" c="dimmed">
              {t("precedents.differs")}{" "}
              {one.differs
                .slice(0, 4)
                .map((d) => `${words(d.fact)}: ${plain(d.there, i18n.language, texts)} → ${plain(d.here, i18n.language, texts)}`)
                .join("; ")}
            </Text>
          )}
        </div>
      ))}
    </Stack>
  );
}

import { Button, Code, Group, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty, Failure, Loading } from "../states/states";
import { suggestionsQuery } from "./queries";
import "./texts";

export function share(bps: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 2 }).format(bps / 10_000);
}

/** What reviewers always decide alike, each as a change that somebody may propose. */
export function Suggestions() {
  const { t, i18n } = useTranslation("policies");
  const navigate = useNavigate();
  const found = useQuery(suggestionsQuery);
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const { suggestions } = found.data;
  return (
    <section className="surface" aria-label={t("suggestions")}>
      {suggestions.length === 0 ? (
        <Empty title={t("emptySuggestions")}>{t("emptySuggestionsText")}</Empty>
      ) : (
        <Stack gap={0}>
          <Text size="sm" c="dimmed" p="sm">
            {t("suggestion.note")}
          </Text>
          {suggestions.map((one) => (
            <Group key={one.id} p="sm" justify="space-between" wrap="nowrap" style={{ borderBlockStart: "1px solid var(--line)" }}>
              <div>
                <Text size="sm">
                  {t("suggestion.says", { rule: one.rule, step: one.step, decision: t(`decision.${one.decision}` as "decision.approve") })}{" "}
                  <Code>{one.predicate}</Code>
                </Text>
                <Text size="xs" c="dimmed">
                  {one.pack} · {t("suggestion.cases", { count: one.cases.length })} ·{" "}
                  {t("suggestion.bound", { share: share(one.contradicted_at_most_bps, i18n.language) })} · {t("suggestion.told", { count: one.told_apart })}
                </Text>
              </div>
              <Button size="xs" variant="default" onClick={() => void navigate({ to: "/policies/propose", search: { suggestion: one.id } })}>
                {t("suggestion.open")}
              </Button>
            </Group>
          ))}
        </Stack>
      )}
    </section>
  );
}

import { List, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { TaskDetail } from "../work";
import { Tone, type ToneName } from "../../states/Tone";
import classes from "./review.module.css";

const TONES: Record<string, ToneName> = { block: "danger", review: "warning", obligation: "warning", warn: "quiet" };

/** Why the case stopped here: each rule in its own words, how grave it is, and where it comes from. */
export function Reasons({ task }: { task: TaskDetail }) {
  const { t, i18n } = useTranslation();
  return (
    <section className={`surface ${classes.part}`} aria-label={t("review.why")}>
      <Title order={2} mb={4}>
        {t("review.why")}
      </Title>
      {task.reasons.length === 0 ? (
        <Text size="sm">{task.question}</Text>
      ) : (
        <List size="sm" spacing={8} listStyleType="none" styles={{ itemWrapper: { display: "block" } }}>
          {task.reasons.map((reason) => {
            const severity = String(reason.severity ?? "review");
            const known = `severity.${severity}`;
            return (
              <List.Item key={`${String(reason.rule)}-${String(reason.message)}`}>
                <Tone tone={TONES[severity] ?? "warning"}>{i18n.exists(known) ? String(t(known as never)) : severity}</Tone>{" "}
                <Text span fw={550} size="sm">
                  {String(reason.title ?? reason.rule ?? "")}
                </Text>
                <Text size="sm">{String(reason.message ?? "")}</Text>
                <Text size="xs" c="dimmed">
                  {[reason.rule, reason.source].filter(Boolean).map(String).join(" · ")}
                </Text>
              </List.Item>
            );
          })}
        </List>
      )}
      {task.changes.length > 0 && (
        <>
          <Title order={2} mt="md">
            {t("review.changedSince")}
          </Title>
          <List size="sm">
            {task.changes.map((change) => (
              <List.Item key={change.field}>
                {change.field}: <del className={classes.old}>{String(change.old ?? "")}</del>{" "}
                <ins className={classes.new}>{String(change.new ?? "")}</ins>
              </List.Item>
            ))}
          </List>
        </>
      )}
    </section>
  );
}

import { Code, List, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { money, plain, words } from "../../format/values";
import { Tone } from "../../states/Tone";
import { Value } from "../../states/Value";
import type { Schemas } from "../../api/client";
import type { TaskDetail } from "../work";
import classes from "./review.module.css";

/** What is proposed, argument by argument, and what each answer leads to. */
export function Proposal({ task, preview }: { task: TaskDetail; preview: Schemas["TaskPreview"] | undefined }) {
  const { t, i18n } = useTranslation();
  const texts = { yes: t("value.yes"), no: t("value.no"), none: t("value.none") };
  const shown = (value: unknown) => (typeof value === "object" && value !== null ? <Value value={value} /> : plain(value, i18n.language, texts));
  const outlook = task.outlook;
  if (!outlook) return null;
  const changed = new Map(preview?.changes.map((one) => [one.field.replace(/^action\.arguments\./, ""), one]));
  const tool = (task.action as { tool?: string } | null)?.tool;
  const limit = preview?.required_limit_minor ?? task.required_limit_minor;
  const currency = preview?.currency ?? task.currency;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("review.proposal")}>
      <Title order={2} mb={4}>
        {t(tool ? "review.proposal" : "review.consequences")}
      </Title>
      {tool && (
        <Text size="sm" mb="xs">
          <Code>{tool}</Code>{" "}
          {outlook.effect_kind === "irreversible" && <Tone tone="danger">{t("review.irreversible")}</Tone>}
          {limit !== null && limit !== undefined && currency && (
            <Text span size="sm" c="dimmed">
              {" "}
              {t("review.needsLimit", { amount: money(limit, currency, i18n.language) })}
            </Text>
          )}
        </Text>
      )}
      {outlook.arguments.length > 0 && (
        <table className="facts">
          <caption className="unseen">{t("review.arguments")}</caption>
          <tbody>
            {outlook.arguments.map((argument) => {
              const change = changed.get(argument.name);
              return (
                <tr key={argument.name}>
                  <th scope="row">{words(argument.name)}</th>
                  <td>
                    {change ? (
                      <>
                        <del className={classes.old}>{shown(change.old)}</del> <ins className={classes.new}>{shown(change.new)}</ins>
                      </>
                    ) : (
                      <Value value={argument.value} />
                    )}{" "}
                    {argument.protected && <Tone>{t("review.protected")}</Tone>}
                  </td>
                </tr>
              );
            })}
          </tbody>
        </table>
      )}
      {tool && (
        <Title order={3} size="sm" mt="sm" mb={2}>
          {t("review.consequences")}
        </Title>
      )}
      <List size="sm" spacing={6}>
        {outlook.consequences.map((one) => (
          <List.Item key={one.decision}>
            <Text span fw={600} size="sm">
              {t(`decision.${one.decision}` as "decision.approve")}:
            </Text>{" "}
            {one.text}
          </List.Item>
        ))}
      </List>
    </section>
  );
}

import { Button, Group, Table, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { instant, words } from "../format/values";
import { ScreenLink } from "../shell/ScreenLink";
import { newsOf } from "./news";
import type { Mark } from "./visit";
import classes from "./home.module.css";

const COLUMNS = ["started", "done", "rejected", "cancelled"] as const;

/** How many cases started and ended today, by process. */
export function Today({ day }: { day: Schemas["HomeDay"] }) {
  const { t } = useTranslation("home");
  const shown = (count: number) => (count >= (day.counted_up_to ?? 10_000) ? `${count}+` : count);
  return (
    <section className={`surface ${classes.part}`} aria-label={t("today.title")}>
      <Title order={2} mb={4}>
        {t("today.title")}
      </Title>
      {day.processes.length === 0 ? (
        <Text size="sm">{t("today.none")}</Text>
      ) : (
        <div className={classes.scroller}>
          <Table verticalSpacing={5} horizontalSpacing={6} className="number">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t("today.process")}</Table.Th>
                {COLUMNS.map((name) => (
                  <Table.Th key={name} ta="right">
                    {t(`today.${name}`)}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {day.processes.map((process) => (
                <Table.Tr key={process.process}>
                  <Table.Th scope="row" fw={400}>
                    <ScreenLink route="/cases" to="/cases">{words(process.process)}</ScreenLink>
                  </Table.Th>
                  {COLUMNS.map((name) => (
                    <Table.Td key={name} ta="right">
                      {shown(process[name])}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </section>
  );
}

/** What has happened since the visit before, as far as it is mine to see. */
export function News({ news, before, onSeen }: { news: Schemas["HomeNews"]; before: Mark | null; onSeen: () => void }) {
  const { t, i18n } = useTranslation("home");
  const when = before ? instant(before.at, i18n.language) : "";
  const found = newsOf(news.kinds ?? {});
  const nothing = found.lines.length + found.rest === 0;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("news.title")}>
      <Group justify="space-between" mb={4}>
        <Title order={2}>{t("news.title")}</Title>
        {before && !nothing && (
          <Button size="compact-sm" variant="default" onClick={onSeen}>
            {t("news.seen")}
          </Button>
        )}
      </Group>
      <Text size="sm" c="dimmed">
        {before === null ? t("news.first") : nothing ? t("news.none", { when }) : t("news.since", { when })}
      </Text>
      <ul className={classes.rows}>
        {found.lines.map((line) => (
          <li key={line.kind} className={classes.row}>
            <ScreenLink route={line.to} to={line.to}>{t(`news.kind.${line.kind.replace(".", "_")}` as "news.kind.case_started", { count: line.count })}</ScreenLink>
          </li>
        ))}
      </ul>
      {found.rest > 0 && (
        <Text size="xs" c="dimmed">
          {t("news.rest", { count: found.rest })}
        </Text>
      )}
    </section>
  );
}

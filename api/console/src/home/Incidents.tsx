import { Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { ago } from "../format/ago";
import { useNow } from "../shell/clock";
import { Tone } from "../states/Tone";
import type { Schemas } from "../api/client";
import classes from "./home.module.css";

export function Incidents({ groups }: { groups: readonly Schemas["GroupView"][] }) {
  const { t, i18n } = useTranslation("home");
  const now = useNow(30_000);
  return (
    <section className={`surface ${classes.part}`} aria-label={t("incidents.title")}>
      <Title order={2} mb={4}>
        {t("incidents.title")}
      </Title>
      {groups.length === 0 && (
        <Text size="sm">
          <Tone tone="good">{t("incidents.none")}</Tone>
        </Text>
      )}
      <ul className={classes.rows}>
        {groups.map((group) => (
          <li key={group.fingerprint} className={classes.row}>
            <Link to="/incidents/$fingerprint" params={{ fingerprint: group.fingerprint }} title={`${group.process} · ${group.step}`}>
              {group.shape}
            </Link>
            <span className={classes.meta}>
              <Tone tone="danger">{t("incidents.open", { count: group.open })}</Tone>
              <Text span size="xs" c="dimmed">
                {ago(group.last_seen, now, i18n.language)}
              </Text>
            </span>
          </li>
        ))}
      </ul>
      {groups.length > 0 && <Link to="/incidents">{t("incidents.all")}</Link>}
    </section>
  );
}

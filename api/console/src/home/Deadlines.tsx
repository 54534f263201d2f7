import { Group, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { ago } from "../format/ago";
import { percent, words } from "../format/values";
import { useNow } from "../shell/clock";
import { Acknowledge } from "../sla/Acknowledge";
import { ClockState } from "../sla/ClockState";
import { Deadline } from "../tasks/Deadline";
import { Tone } from "../states/Tone";
import classes from "./home.module.css";

/** What is late or in danger, and what was told to me and waits for somebody to look after it. */
export function Deadlines({ deadlines }: { deadlines: Schemas["HomeDeadlines"] }) {
  const { t, i18n } = useTranslation("home");
  const now = useNow(30_000);
  const { counts } = deadlines;
  const told = deadlines.escalations.escalations;
  return (
    <>
      {told.length > 0 && (
        <section className={`surface ${classes.part}`} aria-label={t("escalations.title")}>
          <Title order={2} mb={4}>
            {t("escalations.title")}
          </Title>
          <ul className={classes.rows}>
            {told.map(({ escalation, clock, title }) => (
              <li key={escalation.id} className={classes.row}>
                <Link to="/sla/$about" params={{ about: clock.task ?? clock.case }}>
                  {title || clock.case.slice(0, 8)}
                </Link>
                <span className={classes.meta}>
                  <Text span size="xs" c="dimmed">
                    {t("escalations.told", { rung: words(escalation.rung), when: ago(escalation.at, now, i18n.language) })}
                  </Text>
                  {escalation.may_acknowledge && <Acknowledge id={escalation.id} about={title} />}
                </span>
              </li>
            ))}
          </ul>
          <Link to="/sla" search={{ view: "escalations" }}>
            {t("escalations.all")}
          </Link>
        </section>
      )}
      <section className={`surface ${classes.part}`} aria-label={t("deadlines.title")}>
        <Title order={2} mb={4}>
          {t("deadlines.title")}
        </Title>
        <Group gap="xs" mb={4}>
          <Link to="/sla" search={{ view: "breached" }}>
            <Tone tone={counts.breached ? "danger" : "good"}>{t("deadlines.breached", { count: counts.breached })}</Tone>
          </Link>
          <Link to="/sla" search={{ view: "at_risk" }}>
            <Tone tone={counts.at_risk ? "warning" : "good"}>{t("deadlines.at_risk", { count: counts.at_risk })}</Tone>
          </Link>
          <Link to="/sla">
            <Tone>{t("deadlines.due", { count: counts.due })}</Tone>
          </Link>
        </Group>
        {deadlines.clocks.length === 0 && <Text size="sm">{t("deadlines.none")}</Text>}
        <ul className={classes.rows}>
          {deadlines.clocks.map((one) => (
            <li key={one.clock.id} className={classes.row}>
              <Link to="/sla/$about" params={{ about: one.clock.task ?? one.clock.case }} title={one.task_title ?? undefined}>
                {one.title || one.clock.case.slice(0, 8)}
              </Link>
              <span className={classes.meta}>
                {one.probability !== null && <span className="number">{percent(one.probability, i18n.language)}</span>}
                {one.clock.due_at ? <Deadline at={one.clock.due_at} /> : <ClockState clock={one.clock} />}
              </span>
            </li>
          ))}
        </ul>
        {deadlines.clocks.length > 0 && <Link to="/sla">{t("deadlines.all")}</Link>}
      </section>
    </>
  );
}

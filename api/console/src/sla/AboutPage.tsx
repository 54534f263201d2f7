import { Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { keys } from "../api/keys";
import { instant, percent, words } from "../format/values";
import { concerns, useChanges, type Change } from "../live/live";
import { useMay } from "../session/session";
import { CaseLink } from "../shell/ScreenLink";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Deadline } from "../tasks/Deadline";
import { ClockState } from "./ClockState";
import { Ladder } from "./Ladder";
import { MoveClock } from "./MoveClock";
import { aboutQuery, forecastQuery, type Explained, type Move } from "./queries";
import { useSubject } from "./columns";
import classes from "./sla.module.css";
import "./texts";

const TOPICS = ["deadline", "escalation", "task", "case"] as const;

export default function AboutPage() {
  const { about } = useParams({ from: "/shell/sla/$about" });
  return useMay("task.read") ? <Loaded key={about} about={about} /> : <NoPermission />;
}

/** Every clock of a case or a task: how its due instant came about, who is told and when, and what may be done. */
function Loaded({ about }: { about: string }) {
  const { t } = useTranslation("sla");
  const client = useQueryClient();
  const found = useQuery(aboutQuery(about));
  const forecasts = useQuery({ ...forecastQuery(about), enabled: useMay("forecast.read") && (found.data?.clocks.length ?? 0) > 0, retry: false });
  const heading = useRef<HTMLHeadingElement>(null);
  const first = found.data?.clocks[0]?.clock;
  const title = found.data?.title || t("about.case");
  const shown = found.data !== undefined;
  useDocumentTitle(`${title} · ${t("title")} · Interlock`);
  useEffect(() => heading.current?.focus(), [shown]);
  useChanges(
    TOPICS,
    useCallback(
      (change: Change) => {
        if (!first || concerns(change, first.case)) void client.invalidateQueries({ queryKey: keys.sla.about(about) });
      },
      [client, about, first],
    ),
  );
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const task = found.data.clocks.map((one) => one.clock.task).find((one) => one === about);
  return (
    <Stack gap="md">
      <div>
        <Link to="/sla">← {t("title")}</Link>
        <Group gap="sm" align="baseline" mt={4}>
          <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none" }}>
            {title}
          </Title>
          <Text size="sm" c="dimmed">
            {t(task ? "about.task" : "about.case")}
          </Text>
        </Group>
        {first && (
          <Text size="sm">
            <CaseLink id={first.case} otherwise={null}>
              {t("about.toCase")}
            </CaseLink>
          </Text>
        )}
      </div>
      {found.data.clocks.length === 0 ? (
        <section className="surface">
          <Empty title={t("about.none")}>{t("about.noneText")}</Empty>
        </section>
      ) : (
        [...found.data.clocks].sort((one, other) => Number(isOver(one)) - Number(isOver(other))).map((one) => (
          <ClockCard key={one.clock.id} found={one} forecast={forecasts.data?.forecasts.find((other) => other.clock.id === one.clock.id)} />
        ))
      )}
    </Stack>
  );
}

/** What is over stands behind what still runs. */
const isOver = ({ clock }: Explained): boolean => clock.state === "stopped" || clock.state === "missed";

function ClockCard({ found, forecast }: { found: Explained; forecast: Schemas["ForecastView"] | undefined }) {
  const { t, i18n } = useTranslation("sla");
  const subject = useSubject();
  const [moving, setMoving] = useState<Move | null>(null);
  const { clock } = found;
  const over = isOver(found);
  return (
    <section className={`surface ${classes.part}`} aria-label={subject(clock)} data-clock={clock.state}>
      <Group justify="space-between" align="flex-start" mb="xs">
        <div>
          <Group gap="sm">
            <Title order={2}>{subject(clock)}</Title>
            <ClockState clock={clock} />
            {clock.due_at && !over && clock.state !== "paused" && <Deadline at={clock.due_at} />}
          </Group>
          <Text size="sm" c="dimmed">
            {clock.due_at ? t("about.dueAt", { when: instant(clock.due_at, i18n.language) }) : t("about.unknown", { why: clock.why ?? "" })}
            {clock.level && ` · ${t("about.level", { level: clock.level })}`}
            {clock.breached_at && ` · ${t("about.breachedAt", { when: instant(clock.breached_at, i18n.language) })}`}
          </Text>
        </div>
        <Group gap={10}>
          {clock.task && !over && (
            <Link to="/tasks/$taskId" params={{ taskId: clock.task }}>
              {t("about.toTask")}
            </Link>
          )}
          {found.moves.map((move) => (
            <Button key={move} size="xs" variant="default" onClick={() => setMoving(move)}>
              {t(`move.${move}.do`)}
            </Button>
          ))}
        </Group>
      </Group>
      <div className={classes.columns}>
        <div>
          <Title order={3} size="sm" mb={4}>
            {t("about.how")}
          </Title>
          {found.explanation ? (
            <List size="sm" spacing={2}>
              {found.explanation.sentences.map((sentence) => (
                <List.Item key={sentence}>{sentence}</List.Item>
              ))}
            </List>
          ) : (
            <Text size="sm">{found.note}</Text>
          )}
          <Pauses clock={clock} />
          {forecast && <Forecast forecast={forecast} />}
        </div>
        <div>
          <Title order={3} size="sm" mb={4}>
            {t("about.ladder")}
          </Title>
          {found.ladder ? <Ladder ladder={found.ladder} /> : <Text size="sm">{t("about.noLadder")}</Text>}
        </div>
      </div>
      {moving && <MoveClock found={found} move={moving} onClose={() => setMoving(null)} />}
    </section>
  );
}

function Pauses({ clock }: { clock: Schemas["ClockView"] }) {
  const { t, i18n } = useTranslation("sla");
  if (clock.pauses.length === 0) return null;
  return (
    <>
      <Title order={3} size="sm" mt="sm" mb={4}>
        {t("about.pauses")}
      </Title>
      <List size="sm">
        {clock.pauses.map((pause) => (
          <List.Item key={String(pause.from)}>
            {t("about.pause", {
              reason: words(String(pause.reason)),
              start: instant(String(pause.from), i18n.language),
              end: pause.to ? instant(String(pause.to), i18n.language) : t("about.stillPaused"),
            })}
          </List.Item>
        ))}
      </List>
    </>
  );
}

function Forecast({ forecast }: { forecast: Schemas["ForecastView"] }) {
  const { t, i18n } = useTranslation("sla");
  return (
    <>
      <Title order={3} size="sm" mt="sm" mb={4}>
        {t("about.forecast")}
      </Title>
      <Text size="sm">{forecast.sentence}</Text>
      {forecast.options.length > 0 && (
        <>
          <Text size="sm" fw={550}>
            {t("about.helps")}
          </Text>
          <List size="sm">
            {forecast.options.map((option) => (
              <List.Item key={option.sentence}>
                {option.sentence} ({t("about.wouldBe", { share: percent(option.probability, i18n.language) })})
              </List.Item>
            ))}
          </List>
        </>
      )}
    </>
  );
}

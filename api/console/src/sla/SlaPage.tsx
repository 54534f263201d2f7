import { Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { percent } from "../format/values";
import { useChanges } from "../live/live";
import { useMay } from "../session/session";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import { DataTable } from "../table/DataTable";
import { useClockColumns, useEscalationColumns } from "./columns";
import { VIEWS, type Days, type View } from "./filter";
import { clocksQuery, escalationsQuery, scoreQuery, type ListedClock, type Waiting } from "./queries";
import { Timeline } from "./Timeline";
import { SavedViews } from "../views/SavedViews";
import "./texts";

const TOPICS = ["deadline", "escalation", "task", "case"] as const;

export default function SlaPage() {
  return useMay("task.read") ? <Deadlines /> : <NoPermission />;
}

/** Which deadlines come next, which are in danger or late, and who was told of it. */
function Deadlines() {
  const { t } = useTranslation("sla");
  const client = useQueryClient();
  const navigate = useNavigate();
  const { view = "due", days = 3 } = useSearch({ from: "/shell/sla" });
  const foresees = useMay("forecast.read");
  useDocumentTitle(`${t("title")} · Interlock`);
  useChanges(
    TOPICS,
    useCallback(() => void client.invalidateQueries({ queryKey: keys.sla.all }), [client]),
  );
  const views = VIEWS.filter((one) => one !== "forecast" || foresees);
  const choose = (days_: Days) =>
    void navigate({ from: "/sla", to: "/sla", search: (before) => ({ ...before, days: days_ === 3 ? undefined : days_ }), replace: true });
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1}>{t("title")}</Title>
        <Group gap="sm">
          <Counts />
          <SavedViews screen="sla" />
        </Group>
      </Group>
      <Timeline days={days} onDays={choose} />
      {foresees && <Score />}
      <nav aria-label={t("views")}>
        <Group gap={4}>
          {views.map((one) => (
            <Link
              key={one}
              from="/sla"
              to="/sla"
              search={(before) => ({ ...before, view: one === "due" ? undefined : one })}
              className="nav-link"
              activeOptions={{ exact: true, includeSearch: true }}
              replace
            >
              {t(`view.${one}`)}
            </Link>
          ))}
        </Group>
      </nav>
      {view === "escalations" ? <Escalations /> : <Clocks key={view} which={view} />}
    </Stack>
  );
}

function Counts() {
  const { t } = useTranslation("sla");
  const counts = useInfiniteQuery(clocksQuery("due")).data?.pages[0]?.counts;
  if (!counts) return null;
  return (
    <Group gap="xs">
      <Tone tone={counts.breached ? "danger" : "good"}>{t("counts.breached", { count: counts.breached })}</Tone>
      <Tone tone={counts.at_risk ? "warning" : "good"}>{t("counts.at_risk", { count: counts.at_risk })}</Tone>
      <Tone>{t("counts.due", { count: counts.due })}</Tone>
    </Group>
  );
}

function Clocks({ which }: { which: Exclude<View, "escalations"> }) {
  const { t } = useTranslation("sla");
  const navigate = useNavigate();
  const found = useInfiniteQuery(clocksQuery(which));
  const columns = useClockColumns();
  const rows = found.data?.pages.flatMap((page) => page.clocks) ?? [];
  if (found.isPending) return <Loading />;
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (rows.length === 0) {
    return (
      <section className="surface">
        <Empty title={t(`empty.${which}`)}>{t(`emptyText.${which}`)}</Empty>
      </section>
    );
  }
  return (
    <DataTable
      label={t(`view.${which}`)}
      file={`deadlines-${which}`}
      columns={columns}
      rows={rows}
      id={(row: ListedClock) => row.clock.id}
      onOpen={(row) => void navigate({ to: "/sla/$about", params: { about: row.clock.task ?? row.clock.case } })}
      onEnd={() => found.hasNextPage && !found.isFetchingNextPage && void found.fetchNextPage()}
      height={520}
    />
  );
}

function Escalations() {
  const { t } = useTranslation("sla");
  const navigate = useNavigate();
  const found = useQuery(escalationsQuery);
  const columns = useEscalationColumns();
  if (found.isPending) return <Loading />;
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (found.data.escalations.length === 0) {
    return (
      <section className="surface">
        <Empty title={t("empty.escalations")}>{t("emptyText.escalations")}</Empty>
      </section>
    );
  }
  return (
    <DataTable
      label={t("view.escalations")}
      file="escalations"
      columns={columns}
      rows={found.data.escalations}
      id={(row: Waiting) => row.escalation.id}
      onOpen={(row) => void navigate({ to: "/sla/$about", params: { about: row.clock.task ?? row.clock.case } })}
      height={520}
    />
  );
}

/** What forecasts were worth: a probability that nobody holds to account is no figure. */
function Score() {
  const { t, i18n } = useTranslation("sla");
  const found = useQuery(scoreQuery);
  if (!found.data) return null;
  const { forecasts, brier, skill, base_rate: base } = found.data.together;
  const figure = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 3 });
  return (
    <Text size="sm" component="p" m={0}>
      <strong>{t("score.title")}:</strong>{" "}
      {forecasts === 0 || brier === null
        ? t("score.none")
        : [
            t("score.brier", { brier: figure.format(brier), count: forecasts }),
            skill !== null && base !== null ? t("score.skill", { skill: figure.format(skill), base: percent(base, i18n.language) }) : "",
          ]
            .filter(Boolean)
            .join("; ")}{" "}
      {found.data.drifted && <Tone tone="warning">{t("score.drifted")}</Tone>}
    </Text>
  );
}

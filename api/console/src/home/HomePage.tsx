import { Group, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Navigate } from "@tanstack/react-router";
import { useCallback, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { useChanges } from "../live/live";
import { useWhoami } from "../session/session";
import { useNow } from "../shell/clock";
import { permittedPlaces } from "../shell/places";
import { Failure, Loading, NoPermission } from "../states/states";
import { Deadlines } from "./Deadlines";
import { Incidents } from "./Incidents";
import { Tasks } from "./Tasks";
import { News, Today } from "./Today";
import { homeQuery } from "./queries";
import { keepVisit, readVisit, seenUntil, startOfDay, type Mark } from "./visit";
import classes from "./home.module.css";
import "./texts";

const TOPICS = ["task", "case", "incident", "deadline", "escalation"] as const;
const MINUTE = 60_000;

export default function HomePage() {
  const { permissions } = useWhoami();
  if (["task.read", "case.read"].some((one) => permissions.includes(one))) return <First />;
  const place = permittedPlaces(permissions)[0];
  return place ? <Navigate to={place.to} replace /> : <NoPermission />;
}

/** The first look of a day: what needs me, what is in danger, what is broken, and what has happened. */
function First() {
  const { t } = useTranslation("home");
  const client = useQueryClient();
  const who = useWhoami();
  const day = startOfDay(useNow(MINUTE)).toISOString();
  const [before, setBefore] = useState<Mark | null>(() => seenUntil(readVisit(localStorage, who.id), new Date()));
  const found = useQuery(homeQuery(day, before?.seq ?? null));
  const seq = found.data?.news.seq;
  useDocumentTitle(`${t("title")} · Interlock`);
  useChanges(
    TOPICS,
    useCallback(() => void client.invalidateQueries({ queryKey: keys.home }), [client]),
  );
  useEffect(() => {
    if (seq !== undefined) keepVisit(localStorage, who.id, { before, last: { seq, at: new Date().toISOString() } });
  }, [seq, before, who.id]);
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading />;
  const { tasks, deadlines, incidents, today, news } = found.data;
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1}>{t("hello")}</Title>
      </Group>
      <div className={classes.grid}>
        <div className={classes.column}>
          {tasks && <Tasks tasks={tasks} />}
          {incidents && <Incidents groups={incidents.groups} />}
          {today && <Today day={today} />}
        </div>
        <div className={classes.column}>
          {deadlines && <Deadlines deadlines={deadlines} />}
          <News news={news} before={before} onSeen={() => setBefore({ seq: news.seq, at: new Date().toISOString() })} />
        </div>
      </div>
    </Stack>
  );
}

import { Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { instant } from "../../format/values";
import { useMay } from "../../session/session";
import { Empty, Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import { useAdminSearch } from "../AdminPage";
import classes from "../admin.module.css";
import { calendarsQuery, type CalendarRow } from "../queries";
import { Days } from "./Days";

const CalendarDialog = lazy(() => import("./CalendarDialog"));

/** The business calendars, each with the weeks that follow from it. */
export default function CalendarsTab() {
  const { t } = useTranslation("admin");
  const maySet = useMay("deadline.set");
  const [search, choose] = useAdminSearch();
  const calendars = useQuery(calendarsQuery);
  const [editing, setEditing] = useState<string | null>(null);
  if (calendars.isPending) return <Loading />;
  if (calendars.error) return <Failure error={calendars.error} retry={() => void calendars.refetch()} />;
  const present = calendars.data.find((one) => one.name === search.open) ?? calendars.data[0];
  const add = maySet && (
    <Button size="xs" onClick={() => setEditing("")}>
      {t("calendars.add")}
    </Button>
  );
  return (
    <>
      {present === undefined ? (
        <Empty title={t("calendars.nothing")} action={add}>
          {t("calendars.nothingText")}
        </Empty>
      ) : (
        <div className={classes.split}>
          <nav className="surface" aria-label={t("tab.calendars")}>
            <ul className={classes.list}>
              {calendars.data.map((one) => (
                <li key={one.name}>
                  <button type="button" className={classes.item} aria-current={one === present} onClick={() => choose({ open: one.name })}>
                    {one.name}
                    {!one.followed && <Tone tone="warning">{t("calendars.following")}</Tone>}
                  </button>
                </li>
              ))}
            </ul>
            {add && <div className={classes.list}>{add}</div>}
          </nav>
          <Calendar key={present.name} calendar={present} onEdit={maySet ? () => setEditing(present.yaml) : undefined} />
        </div>
      )}
      <Suspense fallback={null}>{editing !== null && <CalendarDialog yaml={editing} onClose={() => setEditing(null)} />}</Suspense>
    </>
  );
}

function Calendar({ calendar, onEdit }: { calendar: CalendarRow; onEdit?: () => void }) {
  const { t, i18n } = useTranslation("admin");
  return (
    <section className={`surface ${classes.panel}`} aria-label={calendar.name}>
      <Stack>
        <Group justify="space-between" align="flex-start">
          <div>
            <Title order={2}>{calendar.name}</Title>
            <Text size="sm" c="dimmed">
              {t("calendars.version", { version: calendar.version, since: instant(calendar.since, i18n.language), reason: calendar.reason })}
            </Text>
          </div>
          {onEdit && (
            <Button size="xs" variant="default" onClick={onEdit}>
              {t("edit")}
            </Button>
          )}
        </Group>
        <Days yaml={calendar.yaml} />
        <details>
          <summary>{t("calendars.source")}</summary>
          <Code block tabIndex={0} mt="xs">
            {calendar.yaml}
          </Code>
        </details>
      </Stack>
    </section>
  );
}

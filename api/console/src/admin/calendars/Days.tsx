import { Text } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { Failure, Loading } from "../../states/states";
import classes from "../admin.module.css";

const WEEKS = 4;

/** The next weeks as a calendar makes them, each day beside what counts now, where that is otherwise. */
export function Days({ yaml }: { yaml: string }) {
  const { t } = useTranslation("admin");
  const preview = useQuery({
    queryKey: [...keys.admin.calendars, "preview", yaml],
    queryFn: ({ signal }) => take(api.POST("/calendars/preview", { body: { yaml, days: WEEKS * 7 }, signal })),
    placeholderData: keepPreviousData,
    retry: false,
  });
  if (preview.error) return <Failure error={preview.error} />;
  if (!preview.data) return <Loading />;
  const changed = preview.data.days.filter((day) => day.changes && preview.data.version !== null).length;
  return (
    <div>
      <Text size="sm" mb={6} role="status">
        {t("calendars.zone", { zone: preview.data.zone })}
        {changed > 0 && ` · ${t("calendars.changed", { count: changed })}`}
      </Text>
      <ol className={classes.days} aria-label={t("calendars.weeks")}>
        {preview.data.days.map((day) => (
          <Day key={day.day} day={day} isNew={preview.data.version === null} />
        ))}
      </ol>
    </div>
  );
}

function Day({ day, isNew }: { day: Schemas["PreviewedDayView"]; isNew: boolean }) {
  const { t, i18n } = useTranslation("admin");
  const written = (hours: readonly string[] | null) =>
    hours === null ? t("calendars.outside") : hours.length === 0 ? t("calendars.closed") : hours.map((one) => one.replace("-", "–")).join("\n");
  const name = new Intl.DateTimeFormat(i18n.language, { weekday: "short", day: "numeric", month: "short", timeZone: "UTC" });
  const changes = day.changes && !isNew;
  return (
    <li className={classes.day} data-changes={changes || undefined} data-closed={(day.hours ?? []).length === 0 || undefined}>
      <time dateTime={day.day}>{name.format(new Date(`${day.day}T00:00:00Z`))}</time>
      <div>{written(day.hours)}</div>
      {day.name && <div>{day.name}</div>}
      {changes && (
        <div>
          <span className="unseen">{t("calendars.before")} </span>
          <del>{written(day.hours_before)}</del>
        </div>
      )}
    </li>
  );
}

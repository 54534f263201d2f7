import { Group, SegmentedControl, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNow } from "../shell/clock";
import { Failure } from "../states/states";
import { DAYS, type Days } from "./filter";
import { dueQuery } from "./queries";
import { buckets, horizon, isRisky, type Bucket } from "./timeline";
import classes from "./sla.module.css";

const MINUTE = 60_000;
const LABELLED_EACH = 4;

/** What is due when, as columns; the table below says the same. */
export function Timeline({ days, onDays }: { days: Days; onDays: (days: Days) => void }) {
  const { t, i18n } = useTranslation("sla");
  const now = useNow(MINUTE);
  // To the minute: another end every time would be another question every time.
  const end = horizon(new Date(Math.floor(now.getTime() / (15 * MINUTE)) * 15 * MINUTE), days);
  const due = useQuery(dueQuery(end.toISOString()));
  const clocks = due.data?.clocks ?? [];
  const found = useMemo(
    () => buckets((due.data?.clocks ?? []).map((one) => ({ dueAt: one.clock.due_at ?? "", risky: isRisky(one) })), now, days),
    [due.data, now, days],
  );
  const risky = clocks.filter(isRisky).length;
  const highest = Math.max(1, ...found.map((bucket) => bucket.calm + bucket.risky));
  const when = new Intl.DateTimeFormat(i18n.language, { weekday: "short", hour: "2-digit", minute: "2-digit" });
  const summary = t("timelineText", { count: clocks.length, risky });
  return (
    <section className={`surface ${classes.part}`} aria-label={t("timeline")}>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={2}>{t("timeline")}</Title>
          <Text size="sm" c="dimmed">
            {summary} {due.data?.next && t("timelineMost")}
          </Text>
        </Group>
        <SegmentedControl
          size="xs"
          aria-label={t("days")}
          value={String(days)}
          onChange={(value) => onDays(Number(value) as Days)}
          data={DAYS.map((value) => ({ value: String(value), label: t("day", { count: value }) }))}
        />
      </Group>
      {due.error && !due.data && <Failure error={due.error} retry={() => void due.refetch()} />}
      <div className={classes.chart} role="img" aria-label={summary}>
        {found.map((bucket) => (
          <Slot key={bucket.from.getTime()} bucket={bucket} highest={highest} title={t("bucket", { when: when.format(bucket.from), count: bucket.calm + bucket.risky, risky: bucket.risky })} />
        ))}
      </div>
      <div className={classes.axis} aria-hidden="true">
        {found.map((bucket, place) => (
          <span key={bucket.from.getTime()}>{place % LABELLED_EACH === 0 ? when.format(bucket.from) : ""}</span>
        ))}
      </div>
      <Group gap="md" mt={6}>
        <Text size="xs">
          <span className={`${classes.legend} ${classes.calm}`} aria-hidden="true" /> {t("calm")}
        </Text>
        <Text size="xs">
          <span className={`${classes.legend} ${classes.risky}`} aria-hidden="true" /> {t("risky")}
        </Text>
      </Group>
    </section>
  );
}

function Slot({ bucket, highest, title }: { bucket: Bucket; highest: number; title: string }) {
  const all = bucket.calm + bucket.risky;
  const share = (count: number) => `${(80 * count) / highest}%`;
  return (
    <div className={classes.slot} title={title} data-midnight={bucket.from.getHours() === 0 || undefined}>
      {all > 0 && <span className={classes.number}>{all}</span>}
      <div className={classes.risky} style={{ blockSize: share(bucket.risky) }} />
      <div className={classes.calm} style={{ blockSize: share(bucket.calm), borderRadius: bucket.risky ? 0 : undefined }} />
    </div>
  );
}

import { Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { instant, words } from "../../format/values";
import { useMay } from "../../session/session";
import { Empty, Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import { Value } from "../../states/Value";
import { historyQuery, trailQuery } from "../queries";
import classes from "../cases.module.css";

type Happening = Schemas["HappeningView"];
type By = Happening["by"];
const BYS: readonly By[] = ["person", "rule", "agent", "service", "system"];
const MARKS: Record<By, string> = { person: "☺", rule: "§", agent: "✦", service: "⇄", system: "⚙" };

/** Everything that happened, who did it, and, for those who may read the trail, the values on record. */
export function TimelineTab({ id }: { id: string }) {
  const { t, i18n } = useTranslation("cases");
  const whole = new Intl.DateTimeFormat(i18n.language, { dateStyle: "full" });
  const history = useQuery(historyQuery(id));
  const mayTrail = useMay("audit.read");
  const [only, setOnly] = useState<By | "">("");
  const [opened, setOpened] = useState(false);
  const trail = useQuery({ ...trailQuery(id), enabled: mayTrail && opened });
  const values = useMemo(() => new Map(trail.data?.entries.map((entry) => [entry.seq, entry.values])), [trail.data]);
  if (history.isPending) return <Loading />;
  if (history.error) return <Failure error={history.error} retry={() => void history.refetch()} />;
  const shown = history.data.happenings.filter((one) => only === "" || one.by === only);
  return (
    <Stack gap="sm">
      <Group justify="space-between" align="flex-end" className="no-print">
        <NativeSelect
          size="xs"
          label={t("timeline.only")}
          value={only}
          onChange={(event) => setOnly(event.currentTarget.value as By)}
          data={[{ value: "", label: t("timeline.all") }, ...BYS.map((by) => ({ value: by, label: t(`timeline.by.${by}`) }))]}
        />
        {!mayTrail && (
          <Text size="xs" c="dimmed">
            {t("timeline.noTrail")}
          </Text>
        )}
      </Group>
      <section className={`surface ${classes.part}`} aria-label={t("tabs.timeline")}>
        {shown.length === 0 ? (
          <Empty title={t("timeline.empty")} />
        ) : (
          <ol className={classes.entries}>
            {shown.map((one, place) => (
              <Fragment key={one.seq}>
                {dayOf(one.at) !== dayOf(shown[place - 1]?.at ?? "") && <li className={classes.day}>{whole.format(new Date(one.at))}</li>}
                <Entry one={one} expandable={mayTrail} values={values.get(one.seq)} onOpen={() => setOpened(true)} failed={trail.error} />
              </Fragment>
            ))}
          </ol>
        )}
      </section>
    </Stack>
  );
}

interface EntryProps {
  one: Happening;
  expandable: boolean;
  values: Record<string, unknown> | undefined;
  failed: unknown;
  onOpen: () => void;
}

function Entry({ one, expandable, values, failed, onOpen }: EntryProps) {
  const { t, i18n } = useTranslation("cases");
  const [open, setOpen] = useState(false);
  const title = inWords(one.kind, t("timeline.kind", { returnObjects: true }), words);
  const actor = one.name ?? t("timeline.worker");
  const told = useTold(one);
  const line = (
    <>
      <b>{title}</b>
      {one.step && <> · {words(one.step)}</>}{" "}
      <Text span size="xs" c="dimmed">
        {one.by !== "rule" && actor} <Tone>{t(`timeline.by.${one.by}`)}</Tone>
      </Text>
      {told && <div className={classes.told}>{told}</div>}
    </>
  );
  return (
    <li className={classes.entry}>
      <time className={classes.when} dateTime={one.at} title={instant(one.at, i18n.language)}>
        {new Intl.DateTimeFormat(i18n.language, { timeStyle: "medium" }).format(new Date(one.at))}
      </time>
      <span className={classes.who} data-by={one.by} title={t(`timeline.by.${one.by}`)} aria-hidden="true">
        {MARKS[one.by]}
      </span>
      {expandable ? (
        <details
          className={classes.details}
          onToggle={(event) => {
            setOpen(event.currentTarget.open);
            if (event.currentTarget.open) onOpen();
          }}
        >
          <summary className={classes.line}>{line}</summary>
          {open && (values ? <Value value={values} /> : failed ? <Failure error={failed} /> : <Loading />)}
        </details>
      ) : (
        <div className={classes.line}>{line}</div>
      )}
    </li>
  );
}

/** What the entry says, with a verdict's kind before it; of an agent what it answered, or why it did not. */
function useTold({ verdict, status, told }: Happening): string {
  const { t } = useTranslation("cases");
  const kind = verdict && inWords(verdict, t("rules.verdict", { returnObjects: true }));
  const why = status && !told && inWords(status, t("agents.status", { returnObjects: true }));
  return [kind, told || why].filter(Boolean).join(": ");
}

/** The day of an instant where the reader is; nothing for no instant. */
function dayOf(at: string): string {
  return at ? new Date(at).toDateString() : "";
}

/** The text of a code. Kinds and free texts hold dots, which i18next would take for a step down: they are looked up as they are. */
function inWords(code: string, known: Readonly<Record<string, string>>, otherwise = (other: string) => other): string {
  return known[code] ?? otherwise(code);
}

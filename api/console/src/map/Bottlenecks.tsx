import { Group, Text, Title } from "@mantine/core";
import type { Ref } from "react";
import { useTranslation } from "react-i18next";
import type { ProcessMap } from "../analytics/queries";
import { length } from "../format/length";
import { percent } from "../format/values";
import { Empty } from "../states/states";
import { Tone } from "../states/Tone";
import classes from "./map.module.css";

const MOST = 5;

/** The steps that cost cases most time, the worst first; each leads to the cases that are there. */
export function Bottlenecks({ map, list, onOpen }: { map: ProcessMap; list: Ref<HTMLOListElement>; onOpen: (step: string) => void }) {
  const { t, i18n } = useTranslation("map");
  const figures = new Map(map.figures.map((step) => [step.step, step]));
  const ranked = map.bottlenecks.flatMap((step) => figures.get(step) ?? []).slice(0, MOST);
  const whole = map.figures.reduce((sum, step) => sum + step.blocked_seconds, 0);
  return (
    <section className={`surface ${classes.side}`} aria-labelledby="bottlenecks">
      <Group gap="sm" align="baseline">
        <Title order={2} id="bottlenecks">
          {t("bottlenecks")}
        </Title>
        {ranked.length > 0 && (
          <Text size="xs" c="dimmed">
            {t("bottlenecksText")}
          </Text>
        )}
      </Group>
      {ranked.length === 0 ? (
        <Empty title={t("bottlenecksNone")}>{t("bottlenecksNoneText")}</Empty>
      ) : (
        <ol ref={list} className={classes.ranking}>
            {ranked.map((step) => {
              const share = whole > 0 ? step.blocked_seconds / whole : 0;
              return (
                <li key={step.step}>
                  <button type="button" className={classes.rank} onClick={() => onOpen(step.step)} title={t("open", { step: step.title })}>
                    <span className={classes.rankTitle}>
                      <span>{step.title}</span>
                      <span className="number">{percent(share, i18n.language)}</span>
                    </span>
                    <span className={classes.bar} aria-hidden="true">
                      <span style={{ inlineSize: `${share * 100}%` }} />
                    </span>
                    <span className={classes.rankText}>
                      {t("place.waited", { length: length(step.blocked_seconds, i18n.language) })}
                      {step.live > 0 && ` · ${t("place.live", { count: step.live, length: length(step.mean_age_seconds ?? 0, i18n.language) })}`}
                    </span>
                    {step.p90_seconds !== null && (
                      <span className={classes.rankText}>{t("place.p90", { length: length(step.p90_seconds, i18n.language) })}</span>
                    )}
                    {step.incidents > 0 && (
                      <span>
                        <Tone tone="danger">{t("incidents", { count: step.incidents })}</Tone>
                      </span>
                    )}
                  </button>
                </li>
              );
            })}
        </ol>
      )}
    </section>
  );
}

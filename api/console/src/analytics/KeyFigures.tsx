import { useTranslation } from "react-i18next";
import { length, micros } from "../format/length";
import { percent } from "../format/values";
import type { Figures } from "./queries";
import { whole } from "./series";
import classes from "./analytics.module.css";

/** What the cases of these days took and became, in a line of figures. */
export function KeyFigures({ found }: { found: Figures }) {
  const { t, i18n } = useTranslation("analytics");
  const language = i18n.language;
  const ended = whole(found.days, (day) => day.ended);
  const outcomes = Object.entries(found.outcomes).map(([status, count]) => `${count} ${t(`outcome.${status}` as "outcome.done", { defaultValue: status })}`);
  const count = new Intl.NumberFormat(language);
  const figures: [string, string, string][] = [
    [t("key.ended"), count.format(ended), outcomes.join(", ")],
    [t("key.straight"), found.straight_share === null ? "–" : percent(found.straight_share, language), t("key.straightText")],
    [t("key.rework"), found.rework_share === null ? "–" : percent(found.rework_share, language), t("key.reworkText")],
    [
      t("key.median"),
      found.median_seconds === null ? "–" : length(found.median_seconds, language),
      found.p90_seconds === null ? "" : t("key.medianText", { length: length(found.p90_seconds, language) }),
    ],
    [
      t("key.answers"),
      ended === 0 ? "–" : new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(whole(found.days, (day) => day.answers) / ended),
      t("key.answersText"),
    ],
    [t("key.cost"), found.cost_micros_per_case === null ? "–" : micros(found.cost_micros_per_case, language), t("key.costText")],
    [t("key.live"), count.format(found.live), ""],
  ];
  return (
    <dl className={classes.keys}>
      {figures.map(([name, value, text]) => (
        <div key={name} className={`surface ${classes.key}`}>
          <dt>{name}</dt>
          <dd className="number">{value}</dd>
          {text && <dd className={classes.keyText}>{text}</dd>}
        </div>
      ))}
    </dl>
  );
}

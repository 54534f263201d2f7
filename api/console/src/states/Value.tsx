import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { percent, plain, words } from "../format/values";
import { Tone } from "./Tone";
import { columnsOf, isFact, isFlat, isSameAs, joined, present, said, type Column, type FactLike, type Named } from "./values";
import classes from "./value.module.css";

/** A value of the API, however deep: what has parts stands under its name, what is alike is a table. */
export function Value({ value }: { value: unknown }) {
  if (isFact(value)) return <Fact fact={value} />;
  if (isSameAs(value)) return <SameAs place={value.same_as} />;
  if (isFlat(value)) return <Plain value={value} />;
  return Array.isArray(value) ? <Listed list={value} /> : <Fields value={value as Named} />;
}

function Plain({ value }: { value: unknown }) {
  const { t, i18n } = useTranslation();
  const texts = { yes: t("value.yes"), no: t("value.no"), none: t("value.none") };
  if (typeof value === "boolean") return <Tone tone={value ? "good" : "quiet"}>{value ? texts.yes : texts.no}</Tone>;
  const parts: unknown[] = Array.isArray(value) && value.length > 0 ? value : [typeof value === "object" ? null : value];
  return <>{parts.map((one) => plain(one, i18n.language, texts)).join(" · ")}</>;
}

/** Where the value stands that is not written twice. */
function SameAs({ place }: { place: string }) {
  const { t } = useTranslation();
  return (
    <Text span c="dimmed">
      {t("value.sameAs", { place: place.split(".").map(words).join(" › ") })}
    </Text>
  );
}

/** What a fact says, and where it comes from. */
function Fact({ fact }: { fact: FactLike }) {
  const { t, i18n } = useTranslation();
  const known = `source.${String(fact.source?.kind)}`;
  const doubted = fact.confidence !== undefined && Number(fact.confidence) < 1;
  return (
    <>
      <Value value={fact.value} />{" "}
      <Text span size="xs" c="dimmed">
        {i18n.exists(known) ? String(t(known as never)) : ""}
        {doubted && ` · ${percent(Number(fact.confidence), i18n.language)}`}
      </Text>
    </>
  );
}

function Fields({ value }: { value: Named }) {
  return (
    <dl className={classes.fields}>
      {present(value).map(([name, one]) => {
        const [names, end] = joined(name, one);
        return (
          <div key={name} data-deep={!isFlat(end) || undefined}>
            <dt>{names.map(words).join(" › ")}</dt>
            <dd>
              <Value value={end} />
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

// What stands in a list has no other identity than its order, and never changes while it is shown.
function Listed({ list }: { list: readonly unknown[] }) {
  const columns = columnsOf(list);
  if (columns !== null) return <Rows rows={list as readonly Named[]} columns={columns} />;
  return (
    <ol className={classes.list}>
      {list.map((one, place) => (
        <li key={place}>
          <Value value={one} />
        </li>
      ))}
    </ol>
  );
}

function Rows({ rows, columns }: { rows: readonly Named[]; columns: readonly Column[] }) {
  return (
    <div className={classes.frame}>
      <table className={classes.rows}>
        <thead>
          <tr>
            {columns.map(({ name, numeric }) => (
              <th key={name} scope="col" data-numeric={numeric || undefined}>
                {words(name)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, place) => (
            <tr key={place}>
              {columns.map(({ name, numeric }) => (
                <td key={name} data-name={words(name)} data-numeric={numeric || undefined}>
                  {(said(row[name]) ?? null) !== null && <Value value={row[name]} />}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

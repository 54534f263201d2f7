import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { percent, plain, words } from "../format/values";
import { Tone } from "./Tone";

interface FactLike {
  value: unknown;
  confidence?: number | string;
  source: { kind?: string; reader?: string; page?: number };
}

const isFact = (value: unknown): value is FactLike =>
  typeof value === "object" && value !== null && "value" in value && "source" in value;

/** A value of the API, however deep: facts with where they come from, the rest as tables and lists. */
export function Value({ value }: { value: unknown }) {
  const { t, i18n } = useTranslation();
  const texts = { yes: t("value.yes"), no: t("value.no"), none: t("value.none") };
  if (isFact(value)) {
    const known = `source.${String(value.source?.kind)}`;
    return (
      <>
        {plain(value.value, i18n.language, texts)}{" "}
        <Text span size="xs" c="dimmed">
          {i18n.exists(known) ? String(t(known as never)) : ""}
          {value.confidence !== undefined && Number(value.confidence) < 1 && ` · ${percent(Number(value.confidence), i18n.language)}`}
        </Text>
      </>
    );
  }
  if (Array.isArray(value)) {
    if (value.length === 0) return <>{texts.none}</>;
    return (
      <ol style={{ margin: 0, paddingInlineStart: 18 }}>
        {value.map((one, place) => (
          // A list of evidence has no other identity than its order, and never changes while it is shown.
          <li key={place}>
            <Value value={one} />
          </li>
        ))}
      </ol>
    );
  }
  if (typeof value === "object" && value !== null) {
    return (
      <table className="facts">
        <tbody>
          {Object.entries(value)
            .filter(([, one]) => one !== null)
            .map(([name, one]) => (
              <tr key={name}>
                <th scope="row">{words(name)}</th>
                <td>
                  <Value value={one} />
                </td>
              </tr>
            ))}
        </tbody>
      </table>
    );
  }
  if (typeof value === "boolean") return <Tone tone={value ? "good" : "quiet"}>{value ? texts.yes : texts.no}</Tone>;
  return <>{plain(value, i18n.language, texts)}</>;
}

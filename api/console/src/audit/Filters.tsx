import { Autocomplete, Button, Group, TextInput } from "@mantine/core";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import { SearchField } from "../shell/SearchField";
import { useSettling } from "../shell/useSettling";
import { FORMS, type AuditFilter, type AuditSearch } from "./filter";
import { NOUNS } from "./words";
import "./texts";

interface Props {
  filter: AuditFilter;
  kinds: readonly string[];
  finder: RefObject<HTMLInputElement | null>;
  onChange: (changed: AuditSearch) => void;
}

/** The fields beside the words, which settle by themselves. */
type Fields = Omit<AuditFilter, "words">;
const NAMES = ["kind", "by", "case", "from", "to"] as const satisfies readonly (keyof Fields)[];
const EMPTY: Fields = { kind: "", by: "", case: "", from: "", to: "" };
const fieldsOf = ({ kind, by, case: of, from, to }: AuditFilter): Fields => ({ kind, by, case: of, from, to });
const each = (made: (name: keyof Fields) => string | undefined) => Object.fromEntries(NAMES.map((name) => [name, made(name)]));

/** The fields as the server takes them; what somebody is still typing is left out. */
const inForm = (typed: Fields) => each((name) => (FORMS[name](typed[name].trim()) ? typed[name].trim() : "")) as unknown as Fields;
const searchOf = (fields: Fields): AuditSearch => each((name) => fields[name] || undefined);

/** What is searched for. A field counts once it has its form; the address follows a moment after the last key. */
export function Filters({ filter, kinds, finder, onChange }: Props) {
  const { t } = useTranslation("audit");
  const fields = useSettling(fieldsOf(filter), inForm, (settled) => onChange(searchOf(settled)), 300);
  const { typed } = fields;
  const type = (changed: Partial<Fields>) => fields.type({ ...typed, ...changed });
  const clear = () => {
    fields.reset(EMPTY);
    onChange({ ...searchOf(EMPTY), words: undefined });
  };
  const any = filter.words !== "" || Object.values(typed).some(Boolean);
  const wrong = (name: keyof Fields) => (typed[name] !== "" && !FORMS[name](typed[name].trim()) ? true : undefined);
  return (
    <search aria-label={t("filter.label")} className="no-print" onBlur={fields.flush}>
      <Group gap="sm" align="end">
        <SearchField
          finder={finder}
          label={t("filter.words")}
          words={filter.words}
          onSettle={(words) => onChange({ words })}
          maxLength={200}
          w={220}
        />
        <Autocomplete
          label={t("filter.kind")}
          placeholder={t("filter.kindHint")}
          data={[...new Set([...NOUNS, ...kinds])].sort()}
          limit={12}
          // A list that is mounted and closed would look to the page's keys like one that is open.
          comboboxProps={{ keepMounted: false }}
          value={typed.kind}
          onChange={(kind) => type({ kind })}
          error={wrong("kind")}
          w={190}
        />
        <TextInput
          label={t("filter.by")}
          placeholder={t("filter.byHint")}
          value={typed.by}
          onChange={(event) => type({ by: event.currentTarget.value })}
          w={160}
        />
        <TextInput
          label={t("filter.case")}
          placeholder={t("filter.caseHint")}
          value={typed.case}
          onChange={(event) => type({ case: event.currentTarget.value })}
          error={wrong("case")}
          w={170}
        />
        <TextInput type="date" label={t("filter.from")} value={typed.from} onChange={(event) => type({ from: event.currentTarget.value })} w={145} />
        <TextInput type="date" label={t("filter.to")} value={typed.to} onChange={(event) => type({ to: event.currentTarget.value })} w={145} />
        {any && (
          <Button variant="subtle" onClick={clear}>
            {t("filter.clear")}
          </Button>
        )}
      </Group>
    </search>
  );
}

import { Autocomplete, Button, Group, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { SearchField } from "../shell/SearchField";
import { FORMS, filterOf, type AuditFilter, type AuditSearch } from "./filter";
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
const NOTHING: AuditSearch = Object.fromEntries(NAMES.map((name) => [name, undefined]));
const fieldsOf = ({ kind, by, case: of, from, to }: AuditFilter): Fields => ({ kind, by, case: of, from, to });

/** What is searched for. A field counts once it has its form; the address follows a moment after the last key. */
export function Filters({ filter, kinds, finder, onChange }: Props) {
  const { t } = useTranslation("audit");
  const [typed, setTyped] = useState(() => fieldsOf(filter));
  const written = JSON.stringify(fieldsOf(filter));
  const sent = useRef(written);
  const settle = useDebouncedCallback((next: Fields) => {
    const texts = NAMES.map((name) => [name, next[name].trim()] as const).filter(([name, text]) => text !== "" && FORMS[name](text));
    const found: AuditSearch = Object.fromEntries(texts);
    sent.current = JSON.stringify(fieldsOf(filterOf(found)));
    onChange({ ...NOTHING, ...found });
  }, 300);
  useEffect(() => {
    // What the address says because it was typed here must not take the place of what has been typed since.
    if (written !== sent.current) {
      settle.cancel();
      setTyped(JSON.parse(written) as Fields);
    }
    sent.current = written;
  }, [written, settle]);
  const type = (changed: Partial<Fields>) => {
    const next = { ...typed, ...changed };
    setTyped(next);
    settle(next);
  };
  const clear = () => {
    settle.cancel();
    setTyped(fieldsOf(filterOf({})));
    onChange({ ...NOTHING, words: undefined });
  };
  const any = filter.words !== "" || Object.values(typed).some(Boolean);
  const wrong = (name: keyof Fields) => (typed[name] !== "" && !FORMS[name](typed[name].trim()) ? true : undefined);
  return (
    <search aria-label={t("filter.label")} className="no-print" onBlur={() => settle.flush()}>
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

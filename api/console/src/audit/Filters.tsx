import { Autocomplete, Button, Group, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { FORMS, filterOf, type AuditFilter, type AuditSearch } from "./filter";
import { NOUNS } from "./words";
import "./texts";

interface Props {
  filter: AuditFilter;
  kinds: readonly string[];
  finder: RefObject<HTMLInputElement | null>;
  onChange: (changed: AuditSearch) => void;
}

/** What is searched for. A field counts once it has its form; the address follows a moment after the last key. */
export function Filters({ filter, kinds, finder, onChange }: Props) {
  const { t } = useTranslation("audit");
  const [typed, setTyped] = useState(filter);
  const written = JSON.stringify(filter);
  const sent = useRef(written);
  useEffect(() => {
    // What the address says because it was typed here must not take the place of what has been typed since.
    if (written !== sent.current) setTyped(JSON.parse(written) as AuditFilter);
    sent.current = written;
  }, [written]);
  const settle = useDebouncedCallback((next: AuditFilter) => {
    const names = Object.keys(FORMS) as (keyof AuditFilter)[];
    const texts = names.map((name) => [name, next[name].trim()] as const).filter(([name, text]) => text !== "" && FORMS[name](text));
    const found: AuditSearch = Object.fromEntries(texts);
    sent.current = JSON.stringify(filterOf(found));
    onChange({ kind: undefined, by: undefined, case: undefined, words: undefined, from: undefined, to: undefined, ...found });
  }, 300);
  const type = (changed: AuditSearch) => {
    const next = { ...typed, ...changed };
    setTyped(next);
    settle(next);
  };
  const any = Object.values(typed).some(Boolean);
  const wrong = (name: keyof AuditFilter) => (typed[name] !== "" && !FORMS[name](typed[name].trim()) ? true : undefined);
  return (
    <search aria-label={t("filter.label")} className="no-print">
      <Group gap="sm" align="end">
        <TextInput
          ref={finder}
          type="search"
          label={t("filter.words")}
          value={typed.words}
          onChange={(event) => type({ words: event.currentTarget.value })}
          onKeyDown={(event) => event.key === "Escape" && event.currentTarget.blur()}
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
          <Button variant="subtle" onClick={() => type({ kind: "", by: "", case: "", words: "", from: "", to: "" })}>
            {t("filter.clear")}
          </Button>
        )}
      </Group>
    </search>
  );
}

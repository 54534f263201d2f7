import { Autocomplete, Button, Group, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useState, type RefObject } from "react";
import { useTranslation } from "react-i18next";
import { FORMS, type AuditFilter, type AuditSearch } from "./filter";
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
  useEffect(() => setTyped(filter), [filter]);
  const settle = useDebouncedCallback((next: AuditFilter) => {
    const names = Object.keys(FORMS) as (keyof AuditFilter)[];
    onChange(Object.fromEntries(names.map((name) => [name, next[name].trim() && FORMS[name](next[name].trim()) ? next[name].trim() : undefined])));
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

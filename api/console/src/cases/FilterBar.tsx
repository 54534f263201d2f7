import { Button, CloseButton, Group, NativeSelect, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import type { RefObject } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { words as inWords } from "../format/values";
import { SearchField } from "../shell/SearchField";
import { DUES, ORDERS, STATUSES, statusesOf, WAITINGS, type CaseSearch, type Order, type Status, type Waiting } from "./filter";
import { processesQuery } from "./queries";
import { STATUS_TONES } from "./Status";
import classes from "./cases.module.css";

interface Props {
  search: CaseSearch;
  counts: Schemas["CaseCounts"] | undefined;
  finder: RefObject<HTMLInputElement | null>;
  onChoose: (changed: Partial<CaseSearch>) => void;
}

/** What the list shows; all of it stands in the address. */
export function FilterBar({ search, counts, finder, onChoose }: Props) {
  const { t } = useTranslation("cases");
  const processes = useQuery(processesQuery);
  const names = [...new Set(processes.data?.processes.map((process) => process.name))].sort();
  const rare = [search.from, search.to, search.order].some(Boolean);
  const [more, { toggle }] = useDisclosure(rare);
  const due = search.overdue ? "overdue" : search.due ? String(search.due) : "";
  const owner = search.owner ?? "";
  return (
    <div className={`${classes.filters} no-print`}>
      <Statuses search={search} counts={counts} onChoose={onChoose} />
      <Group gap="sm" align="flex-end">
        <SearchField
          finder={finder}
          label={t("search")}
          words={search.words ?? ""}
          onSettle={(words) => onChoose({ words })}
          w={240}
        />
        <NativeSelect
          label={t("filter.process")}
          value={search.process ?? ""}
          onChange={(event) => onChoose({ process: event.currentTarget.value || undefined, step: undefined, stage: undefined })}
          data={[{ value: "", label: t("filter.every") }, ...names]}
        />
        <NativeSelect
          label={t("filter.waiting")}
          value={search.waiting ?? ""}
          onChange={(event) => onChoose({ waiting: (event.currentTarget.value || undefined) as Waiting | undefined })}
          data={[{ value: "", label: t("filter.anything") }, ...WAITINGS.map((one) => ({ value: one, label: t(`filter.waitings.${one}`) }))]}
        />
        <NativeSelect
          label={t("filter.owner")}
          value={owner}
          onChange={(event) => onChoose({ owner: event.currentTarget.value || undefined })}
          data={[
            { value: "", label: t("filter.anybody") },
            { value: "me", label: t("filter.me") },
            ...(owner && owner !== "me" ? [{ value: owner, label: t("filter.chosen") }] : []),
          ]}
        />
        <NativeSelect
          label={t("filter.due")}
          value={due}
          onChange={(event) => {
            const { value } = event.currentTarget;
            onChoose({ overdue: value === "overdue" || undefined, due: Number(value) || undefined });
          }}
          data={[
            { value: "", label: t("filter.dues.any") },
            { value: "overdue", label: t("filter.dues.overdue") },
            ...DUES.map((hours) => ({ value: String(hours), label: t(`filter.dues.h${hours}`) })),
          ]}
        />
        <Button variant="subtle" onClick={toggle} aria-expanded={more}>
          {t("filter.more")}
        </Button>
      </Group>
      {more && (
        <Group gap="sm" align="flex-end">
          <NativeSelect
            label={t("filter.order")}
            value={search.order ?? "newest"}
            onChange={(event) => onChoose({ order: event.currentTarget.value === "newest" ? undefined : (event.currentTarget.value as Order) })}
            data={ORDERS.map((one) => ({ value: one, label: t(`filter.orders.${one}`) }))}
          />
          <TextInput type="date" label={t("filter.from")} value={search.from ?? ""} onChange={(event) => onChoose({ from: event.currentTarget.value || undefined })} />
          <TextInput type="date" label={t("filter.to")} value={search.to ?? ""} onChange={(event) => onChoose({ to: event.currentTarget.value || undefined })} />
        </Group>
      )}
      {(search.step || search.stage) && (
        <Group gap="xs">
          {search.step && <Chip name={t("filter.step", { step: inWords(search.step) })} onDrop={() => onChoose({ step: undefined })} />}
          {search.stage && <Chip name={t("filter.stage", { stage: inWords(search.stage) })} onDrop={() => onChoose({ stage: undefined })} />}
        </Group>
      )}
    </div>
  );
}

function Chip({ name, onDrop }: { name: string; onDrop: () => void }) {
  const { t } = useTranslation("cases");
  return (
    <span className={classes.pill}>
      {name}
      <CloseButton size="sm" aria-label={t("filter.drop", { name })} onClick={onDrop} />
    </span>
  );
}

function Statuses({ search, counts, onChoose }: Pick<Props, "search" | "counts" | "onChoose">) {
  const { t } = useTranslation("cases");
  const chosen = statusesOf(search);
  const toggle = (status: Status) => {
    const next = chosen.includes(status) ? chosen.filter((one) => one !== status) : [...chosen, status];
    onChoose({ status: next.join(",") || undefined });
  };
  return (
    <div role="group" aria-label={t("statuses")} className={classes.pills}>
      {STATUSES.map((status) => {
        const number = counts?.by_status[status];
        return (
          <button key={status} type="button" className={classes.pill} aria-pressed={chosen.includes(status)} onClick={() => toggle(status)}>
            <span aria-hidden="true">{STATUS_TONES[status].mark}</span>
            {t(`status.${status}`)}
            {number !== undefined && (
              <span className={classes.count}>
                {number}
                {number >= (counts?.counted_up_to ?? 1000) ? "+" : ""}
              </span>
            )}
          </button>
        );
      })}
    </div>
  );
}

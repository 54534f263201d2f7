import { ActionIcon, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { plain, words } from "../../format/values";
import { useKeys } from "../../shell/shortcuts";
import { Empty, Failure, Loading } from "../../states/states";
import { Value } from "../../states/Value";
import { dataQuery } from "../queries";
import type { LookSearch } from "./tabs";
import classes from "../cases.module.css";

interface Props {
  id: string;
  at: number | undefined;
  since: number | undefined;
  onLook: (part: LookSearch) => void;
}

/** Sections that the engine keeps for itself: what was judged, asked and spent. People look for what the case is about. */
const KEPT = ["judgements", "decisions", "approvals", "refusals", "performers", "model_spend"];
const isBookkeeping = (field: string): boolean => KEPT.includes(field.split(".", 1)[0] ?? "");

/** The case's data as it was after a step, and what differs from another; both stand in the address. */
export function DataTab({ id, at, since, onLook }: Props) {
  const { t } = useTranslation("cases");
  const found = useQuery(dataQuery(id, at, since));
  const last = found.data?.places.length ?? 0;
  const present = at ?? found.data?.at ?? 0;
  const step = (by: number) => {
    const next = present + by;
    if (next >= 0 && next <= last) onLook({ look: "data", at: next, since: undefined });
  };
  useKeys({ "[": () => step(-1), "]": () => step(1) });
  if (found.isPending) return <Loading />;
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const places = [
    { value: "0", label: t("data.start") },
    ...found.data.places.map((one) => ({ value: String(one.place), label: t("data.place", { place: one.place, step: words(one.step) }) })),
  ];
  return (
    <Stack gap="md">
      <Group align="flex-end" gap="sm" className="no-print">
        <ActionIcon variant="default" size="lg" aria-label={t("data.earlier")} aria-keyshortcuts="[" disabled={present <= 0} onClick={() => step(-1)}>
          ‹
        </ActionIcon>
        <NativeSelect
          label={t("data.after")}
          value={String(found.data.at)}
          onChange={(event) => onLook({ look: "data", at: Number(event.currentTarget.value) })}
          data={places}
        />
        <ActionIcon variant="default" size="lg" aria-label={t("data.later")} aria-keyshortcuts="]" disabled={present >= last} onClick={() => step(1)}>
          ›
        </ActionIcon>
        <NativeSelect
          label={t("data.since")}
          value={String(found.data.since)}
          onChange={(event) => onLook({ look: "data", at: found.data.at, since: Number(event.currentTarget.value) })}
          data={places}
        />
      </Group>
      <section className={`surface ${classes.part}`} aria-label={t("data.changes")} aria-busy={found.isPlaceholderData}>
        <Title order={2} mb="xs">
          {t("data.changes")}
        </Title>
        <Changes changes={found.data.changes} />
      </section>
      {found.data.data !== null && (
        <section className={`surface ${classes.part}`} aria-label={t("data.whole")}>
          <Title order={2} mb="xs">
            {t("data.whole")}
          </Title>
          {Object.keys(found.data.data).length === 0 ? <Text size="sm">{t("data.empty")}</Text> : <Sections data={found.data.data} />}
        </section>
      )}
    </Stack>
  );
}

function Changes({ changes }: { changes: Schemas["Changed"][] | null }) {
  const { t } = useTranslation("cases");
  if (changes === null) return <Empty title={t("data.erased")} />;
  if (changes.length === 0) return <Text size="sm">{t("data.none")}</Text>;
  const own = changes.filter((change) => !isBookkeeping(change.field));
  const kept = changes.filter((change) => isBookkeeping(change.field));
  return (
    <>
      {own.length === 0 ? <Text size="sm">{t("data.nothingOwn")}</Text> : <Differences changes={own} />}
      {kept.length > 0 && (
        <details className={`${classes.details} ${classes.folded}`}>
          <summary>{t("data.kept", { count: kept.length })}</summary>
          <Differences changes={kept} />
        </details>
      )}
    </>
  );
}

function Differences({ changes }: { changes: Schemas["Changed"][] }) {
  const { t, i18n } = useTranslation("cases");
  const common = useTranslation().t;
  const texts = { yes: common("value.yes"), no: common("value.no"), none: "–" };
  return (
    <table className={classes.differs}>
      <thead>
        <tr>
          <th scope="col">{t("data.field")}</th>
          <th scope="col">{t("data.before")}</th>
          <th scope="col">{t("data.afterwards")}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((change) => (
          <tr key={change.field}>
            <th scope="row">{change.field.split(".").map(words).join(" › ")}</th>
            <td>{change.old === null || change.old === undefined ? "–" : <del className={classes.old}>{plain(change.old, i18n.language, texts)}</del>}</td>
            <td>{change.new === null || change.new === undefined ? "–" : <ins className={classes.new}>{plain(change.new, i18n.language, texts)}</ins>}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Sections({ data }: { data: Record<string, unknown> }) {
  return (
    <>
      {Object.entries(data).map(([name, section]) => (
        <details key={name} className={isBookkeeping(name) ? `${classes.details} ${classes.folded}` : classes.details} open={name === "facts"}>
          <summary>{words(name)}</summary>
          <Value value={section} />
        </details>
      ))}
    </>
  );
}

import { ActionIcon, Group, NativeSelect, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { words } from "../../format/values";
import { Empty, Failure, Loading } from "../../states/states";
import { boxesOn } from "../../tasks/review/draft";
import { dataQuery, documentsQuery, pagesQuery } from "../queries";
import classes from "../cases.module.css";

interface Placed {
  name: string;
  source: Record<string, unknown> | null;
}

/** The case's documents page by page, with a box around each value that was read there. */
export function DocumentsTab({ id }: { id: string }) {
  const { t } = useTranslation("cases");
  const documents = useQuery(documentsQuery(id));
  const [chosen, setChosen] = useState("");
  if (documents.isPending) return <Loading />;
  if (documents.error) return <Failure error={documents.error} retry={() => void documents.refetch()} />;
  const found = documents.data.documents;
  const present = found.find((one) => one.sha256 === chosen) ?? found[0];
  if (present === undefined) return <Empty title={t("documents.none")}>{t("documents.noneText")}</Empty>;
  return (
    <section className="surface" aria-label={t("tabs.documents")}>
      <Sheet
        key={present.sha256}
        id={id}
        sha256={present.sha256}
        name={present.name}
        chooser={
          found.length > 1 ? (
            <NativeSelect
              size="xs"
              aria-label={t("tabs.documents")}
              value={present.sha256}
              onChange={(event) => setChosen(event.currentTarget.value)}
              data={found.map((one) => ({ value: one.sha256, label: one.name }))}
            />
          ) : null
        }
      />
    </section>
  );
}

function Sheet({ id, sha256, name, chooser }: { id: string; sha256: string; name: string; chooser: React.ReactNode }) {
  const { t } = useTranslation();
  const pages = useQuery(pagesQuery(id, sha256));
  const data = useQuery(dataQuery(id, undefined, undefined));
  const [number, setNumber] = useState(1);
  const [drawn, setDrawn] = useState(0);
  const facts = useMemo<Placed[]>(() => {
    const known = (data.data?.data?.facts ?? {}) as Record<string, { source?: Record<string, unknown> } | null>;
    return Object.entries(known).map(([fact, value]) => ({ name: fact, source: value?.source ?? null }));
  }, [data.data]);
  if (pages.isPending) return <Loading />;
  if (pages.error) return <Failure error={pages.error} retry={() => void pages.refetch()} />;
  const page = pages.data.pages.find((one) => one.page === number);
  const last = pages.data.pages.length;
  return (
    <>
      <Group justify="space-between" px="md" py={8}>
        {chooser ?? (
          <Text size="sm" fw={550} truncate>
            {name}
          </Text>
        )}
        <Group gap={4}>
          <ActionIcon variant="subtle" aria-label={t("document.before")} disabled={number <= 1} onClick={() => setNumber(number - 1)}>
            ‹
          </ActionIcon>
          <Text size="xs" className="number" aria-live="polite">
            {t("document.page", { page: last ? number : 0, pages: last })}
          </Text>
          <ActionIcon variant="subtle" aria-label={t("document.after")} disabled={number >= last} onClick={() => setNumber(number + 1)}>
            ›
          </ActionIcon>
        </Group>
      </Group>
      {page === undefined ? (
        <Empty title={t("document.structured")}>{t("document.structuredText")}</Empty>
      ) : (
        <div className={classes.sheet} role="group" aria-label={t("document.sheet")} tabIndex={0}>
          <div className={classes.paper}>
            <img
              key={number}
              src={`/cases/${id}/documents/${sha256}/pages/${number}`}
              alt={t("document.pageOf", { page: number, name })}
              width={page.width}
              height={page.height}
              onLoad={() => setDrawn(number)}
            />
            {drawn === number &&
              boxesOn(facts, { ...page, sha256 }).map((box) => (
                <div
                  key={box.field}
                  aria-hidden="true"
                  className={classes.box}
                  title={words(box.field)}
                  data-field={box.field}
                  style={{
                    insetInlineStart: `${box.left * 100}%`,
                    insetBlockStart: `${box.top * 100}%`,
                    inlineSize: `${box.width * 100}%`,
                    blockSize: `${box.height * 100}%`,
                  }}
                />
              ))}
          </div>
        </div>
      )}
    </>
  );
}

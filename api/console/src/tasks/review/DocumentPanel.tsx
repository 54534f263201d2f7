import { ActionIcon, Group, Select, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { Empty, Failure, Loading } from "../../states/states";
import { boxesOn, placeOf, type Hint } from "./draft";
import { pagesQuery } from "./queries";
import classes from "./review.module.css";

const ZOOMS = [0.75, 1, 1.5, 2, 3];

interface Props {
  task: string;
  documents: Schemas["DocumentView"][];
  fields: Hint[];
  present: string | null;
  onPick: (field: string) => void;
}

/** A page of the document with a box around each value that was read there; boxes and fields follow each other. */
export function DocumentPanel({ task, documents, fields, present, onPick }: Props) {
  const { t } = useTranslation();
  const [sha256, setSha256] = useState(documents[0]?.sha256 ?? "");
  const [number, setNumber] = useState(1);
  const [zoom, setZoom] = useState(1);
  const pages = useQuery(pagesQuery(task, sha256));
  const [drawn, setDrawn] = useState("");
  const sheet = useRef<HTMLDivElement>(null);

  // Whoever enters a field sees where its value stands, on whichever page that is.
  useEffect(() => {
    const placed = placeOf(fields.find((one) => one.name === present)?.source as Record<string, unknown> | null);
    if (placed === null) return;
    setSha256(placed.sha256);
    setNumber(placed.page);
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    requestAnimationFrame(() =>
      sheet.current?.querySelector("[data-present]")?.scrollIntoView({ block: "center", behavior: still ? "auto" : "smooth" }),
    );
  }, [present, fields]);

  const page = pages.data?.pages.find((one) => one.page === number);
  const last = pages.data?.pages.length ?? 0;
  const shown = documents.find((one) => one.sha256 === sha256);
  const step = (by: number) => setZoom((before) => ZOOMS[Math.max(0, Math.min(ZOOMS.length - 1, ZOOMS.indexOf(before) + by))] ?? 1);
  return (
    <section className="surface" aria-label={t("document.title")}>
      <Group justify="space-between" px="md" py={8} wrap="nowrap">
        {documents.length > 1 ? (
          <Select
            aria-label={t("document.choose")}
            size="xs"
            data={documents.map((one) => ({ value: one.sha256, label: one.name }))}
            value={sha256}
            allowDeselect={false}
            onChange={(value) => {
              if (value) setSha256(value);
              setNumber(1);
            }}
          />
        ) : (
          <Text size="sm" fw={550} truncate>
            {shown?.name}
          </Text>
        )}
        <Group gap={4} wrap="nowrap">
          <ActionIcon variant="subtle" aria-label={t("document.before")} disabled={number <= 1} onClick={() => setNumber(number - 1)}>
            ‹
          </ActionIcon>
          <Text size="xs" className="number" aria-live="polite">
            {t("document.page", { page: last ? number : 0, pages: last })}
          </Text>
          <ActionIcon variant="subtle" aria-label={t("document.after")} disabled={number >= last} onClick={() => setNumber(number + 1)}>
            ›
          </ActionIcon>
          <ActionIcon variant="subtle" aria-label={t("document.smaller")} disabled={zoom === ZOOMS[0]} onClick={() => step(-1)}>
            −
          </ActionIcon>
          <ActionIcon variant="subtle" aria-label={t("document.larger")} disabled={zoom === ZOOMS.at(-1)} onClick={() => step(1)}>
            +
          </ActionIcon>
        </Group>
      </Group>
      {pages.isPending ? (
        <Loading />
      ) : pages.error ? (
        <Failure error={pages.error} retry={() => void pages.refetch()} />
      ) : page === undefined ? (
        <Empty title={t("document.structured")}>{t("document.structuredText")}</Empty>
      ) : (
        <div className={classes.sheet} ref={sheet} role="group" aria-label={t("document.sheet")} tabIndex={0}>
          <div className={classes.paper} style={{ inlineSize: `${zoom * 100}%` }}>
            {drawn !== `${sha256}/${number}` && (
              <div className={classes.drawing}>
                <Loading />
              </div>
            )}
            <img
              key={`${sha256}/${number}`}
              src={`/tasks/${task}/documents/${sha256}/pages/${number}`}
              alt={t("document.pageOf", { page: number, name: shown?.name ?? "" })}
              width={page.width}
              height={page.height}
              onLoad={() => setDrawn(`${sha256}/${number}`)}
            />
            {drawn === `${sha256}/${number}` && boxesOn(fields, { ...page, sha256 }).map((box) => {
              const field = fields.find((one) => one.name === box.field);
              return (
                // For the mouse alone: whoever uses keys or a reader gets to the same by the field itself, which is
                // large enough to hit, while words on a page stand closer together than targets may.
                <div
                  key={box.field}
                  aria-hidden="true"
                  className={classes.box}
                  data-field={box.field}
                  data-present={box.field === present || undefined}
                  data-doubt={field?.doubt ? true : undefined}
                  title={field?.title}
                  style={{
                    insetInlineStart: `${box.left * 100}%`,
                    insetBlockStart: `${box.top * 100}%`,
                    inlineSize: `${box.width * 100}%`,
                    blockSize: `${box.height * 100}%`,
                  }}
                  onClick={() => onPick(box.field)}
                />
              );
            })}
          </div>
        </div>
      )}
    </section>
  );
}

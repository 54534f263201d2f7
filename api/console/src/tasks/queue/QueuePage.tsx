import { Button, Checkbox, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../../api/keys";
import { useChanges } from "../../live/live";
import { useMay, useWhoami } from "../../session/session";
import { announce } from "../../shell/announcer";
import { usePreferences } from "../../shell/preferences";
import { SearchField } from "../../shell/SearchField";
import { useKeys } from "../../shell/shortcuts";
import { Empty, Failure, Loading, NoPermission } from "../../states/states";
import { UndoTray } from "../undo/UndoTray";
import { useHanding } from "../work";
import type { BulkChoice } from "./bulk";
import { filterOf, TABS, type QueueSearch } from "./filter";
import { peekQuery, queueQuery } from "./queries";
import { QueueRowView } from "./QueueRow";
import { merged } from "./rows";
import classes from "./queue.module.css";

const BulkDialog = lazy(() => import("./BulkDialog"));
const SavedViews = lazy(async () => ({ default: (await import("../../views/SavedViews")).SavedViews }));

const TOPICS = ["task"] as const;
const HEIGHTS = { comfortable: 60, compact: 46 };
const MOST_AT_ONCE = 200;

export default function QueuePage() {
  return useMay("task.read") ? <Queue /> : <NoPermission />;
}

function Queue() {
  const { t } = useTranslation();
  const who = useWhoami();
  const mayAnswer = useMay("task.answer");
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ from: "/shell/tasks" });
  const filter = useMemo(() => filterOf(search), [search]);
  const { density } = usePreferences();
  const list = useInfiniteQuery(queueQuery(filter));
  const peek = useQuery(peekQuery(filter));
  const handing = useHanding();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [bulk, setBulk] = useState<BulkChoice | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const finder = useRef<HTMLInputElement>(null);
  const [place, setPlace] = useState(-1);
  useDocumentTitle(`${t("queue.title")} · Interlock`);

  const read = useMemo(() => list.data?.pages.flatMap((page) => page.tasks) ?? [], [list.data]);
  const { rows, fresh } = useMemo(
    () => merged(read, list.isPlaceholderData ? undefined : peek.data?.tasks, peek.data?.next === null),
    [read, peek.data, list.isPlaceholderData],
  );
  const done = filter.tab === "done";
  const selectable = mayAnswer && !done;

  useChanges(
    TOPICS,
    useCallback(() => void client.invalidateQueries({ queryKey: keys.tasks.peek(filter) }), [client, filter]),
  );

  const choose = (changed: QueueSearch) => {
    setSelected(new Set());
    void navigate({ from: "/tasks", to: "/tasks", search: (before) => ({ ...before, ...changed }), replace: true });
  };

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHTS[density],
    overscan: 12,
  });
  useEffect(() => virtual.measure(), [density, virtual]);
  const items = virtual.getVirtualItems();
  const lastShown = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (list.hasNextPage && !list.isFetchingNextPage && lastShown >= rows.length - 20) void list.fetchNextPage();
  }, [lastShown, rows.length, list]);

  const move = (to: number) => {
    if (rows.length === 0) return;
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setPlace(next);
    virtual.scrollToIndex(next);
    // At once where it is drawn: whoever presses `j` and `Enter` quickly means the row that `j` led to.
    const reached = () => scroller.current?.querySelector<HTMLElement>(`[data-place="${next}"]`);
    if (reached()) reached()?.focus();
    else requestAnimationFrame(() => reached()?.focus());
  };
  const toggle = (id: string) =>
    setSelected((before) => {
      const after = new Set(before);
      if (!after.delete(id)) after.add(id);
      announce(t("queue.selected", { count: after.size }));
      return after;
    });
  const showFresh = async () => {
    await client.invalidateQueries({ queryKey: keys.tasks.list(filter) });
    scroller.current?.scrollTo({ top: 0 });
  };
  const present = rows[place];
  useKeys({
    j: () => move(place + 1),
    k: () => move(place - 1),
    x: () => selectable && present && !present.gone && toggle(present.task.id),
    c: () => present?.task.status === "open" && handing.mutate({ verb: "claim", task: present.task.id }),
    n: () => {
      const next = rows.find((row) => !row.gone);
      if (next) void navigate({ to: "/tasks/$taskId", params: { taskId: next.task.id }, search: true });
    },
    ".": () => void showFresh(),
    "/": () => finder.current?.focus(),
    b: () => selected.size > 0 && openBulk(),
  });
  const titles = () => new Map(rows.map((row) => [row.task.id, row.task.title]));
  const openBulk = () => setBulk({ ids: [...selected], filter: null, count: selected.size, titles: titles() });
  const counts = peek.data?.counts;
  const found = counts?.[filter.tab] ?? rows.length;
  const filtered = filter.words !== "" || filter.overdue;

  return (
    <Stack gap="sm">
      <UndoTray letter />
      <Group justify="space-between">
        <Title order={1}>{t("queue.title")}</Title>
        <Group gap="sm">
          <Checkbox
            label={t("queue.onlyOverdue")}
            checked={filter.overdue}
            onChange={(event) => choose({ overdue: event.currentTarget.checked || undefined })}
          />
          <SearchField
            finder={finder}
            aria-label={t("queue.search")}
            placeholder={t("queue.search")}
            words={filter.words}
            onSettle={(words) => choose({ words })}
            w={260}
          />
          <Suspense>
            <SavedViews screen="tasks" />
          </Suspense>
        </Group>
      </Group>
      <nav aria-label={t("queue.tabs")}>
        <Group gap={4}>
          {TABS.map((tab) => (
            <Link
              key={tab}
              to="/tasks"
              search={(before) => ({ ...before, tab: tab === "mine" ? undefined : tab })}
              className="nav-link"
              activeOptions={{ exact: true, includeSearch: true }}
              onClick={() => setSelected(new Set())}
            >
              {t(`queue.tab.${tab}`)}
              {counts && (
                <span className="tone number">
                  {counts[tab]}
                  {counts[tab] >= (counts.counted_up_to ?? 1000) ? "+" : ""}
                </span>
              )}
            </Link>
          ))}
        </Group>
      </nav>
      <section className="surface" aria-label={t("queue.tasks")} style={{ overflow: "hidden" }}>
        {(fresh.length > 0 || rows.some((row) => row.gone)) && (
          <div className={classes.bar}>
            <Button size="xs" radius="xl" onClick={() => void showFresh()}>
              {fresh.length > 0 ? t("queue.fresh", { count: fresh.length }) : t("queue.refresh")}
            </Button>
          </div>
        )}
        {selected.size > 0 && (
          <div className={classes.bar}>
            <Text size="sm" fw={600}>
              {t("queue.selected", { count: selected.size })}
            </Text>
            <Button size="xs" onClick={openBulk}>
              {t("queue.decide")}
            </Button>
            {filtered && found > selected.size && (
              <Button
                size="xs"
                variant="default"
                onClick={() => setBulk({ ids: [], filter, count: Math.min(found, MOST_AT_ONCE), titles: titles() })}
              >
                {t("queue.decideAll")}
              </Button>
            )}
            <Button size="xs" variant="subtle" onClick={() => setSelected(new Set())}>
              {t("queue.selectNone")}
            </Button>
          </div>
        )}
        {list.isPending ? (
          <Loading />
        ) : list.error ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : rows.length === 0 ? (
          <Empty
            title={t(filtered ? "queue.nothingFound" : `queue.empty.${filter.tab}`)}
            action={
              filtered ? (
                <Button variant="default" size="xs" onClick={() => choose({ words: undefined, overdue: undefined })}>
                  {t("queue.showAll")}
                </Button>
              ) : undefined
            }
          >
            {filtered ? t("queue.nothingFoundText") : t("queue.emptyText")}
          </Empty>
        ) : (
          <div ref={scroller} className={classes.list} tabIndex={-1} style={{ maxBlockSize: virtual.getTotalSize() + 2 }}>
            <div role="list" style={{ blockSize: virtual.getTotalSize(), position: "relative" }}>
              {items.map((item) => {
                const row = rows[item.index];
                if (row === undefined) return null;
                return (
                  <div
                    key={row.task.id}
                    role="presentation"
                    style={{ position: "absolute", insetInline: 0, blockSize: item.size, transform: `translateY(${item.start}px)` }}
                  >
                    <QueueRowView
                      row={row}
                      place={item.index}
                      total={rows.length}
                      selected={selected.has(row.task.id)}
                      selectable={selectable}
                      mine={who.id}
                      onSelect={toggle}
                      onFocus={setPlace}
                    />
                  </div>
                );
              })}
            </div>
          </div>
        )}
      </section>
      {bulk && (
        <Suspense>
          <BulkDialog
            choice={bulk}
            onClose={() => {
              setBulk(null);
              setSelected(new Set());
            }}
          />
        </Suspense>
      )}
    </Stack>
  );
}

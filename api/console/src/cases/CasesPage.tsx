import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle, useViewportSize } from "@mantine/hooks";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { keys } from "../api/keys";
import { useChanges, type Change } from "../live/live";
import { OperationPanel } from "../operations/OperationPanel";
import { useMay, useWhoami } from "../session/session";
import { announce } from "../shell/announcer";
import { useNow } from "../shell/clock";
import { useHelp } from "../shell/helpGroups";
import { useKeys } from "../shell/shortcuts";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { DataTable } from "../table/DataTable";
import { SavedViews } from "../views/SavedViews";
import { columnsOf } from "./columns";
import { FilterBar } from "./FilterBar";
import { isFiltered, queryOf, type CaseSearch } from "./filter";
import type { Choice } from "./OrderDialog";
import { permittedKinds } from "./permitted";
import { casesQuery, countsQuery, peekQuery, TOPICS } from "./queries";
import { merged, type CaseRow } from "./rows";
import classes from "./cases.module.css";
import "./texts";

const OrderDialog = lazy(() => import("./OrderDialog"));
const MOST_EXPORTED = 10_000;
/** Pages are asked for by themselves until so many rows are there, or so many pages were empty. */
const FULL = 40;
const PATIENCE = 5;
/** Pixels of the page above and below the rows: the list scrolls, the page does not. */
const ABOVE = 304;

export default function CasesPage() {
  return useMay("case.read") ? <Cases /> : <NoPermission />;
}

function Cases() {
  const { t, i18n } = useTranslation("cases");
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ from: "/shell/cases" });
  const now = useNow(30_000);
  const minute = Math.floor(now.getTime() / 60_000);
  // A question of hours goes on with the clock; any other stays as it is.
  const clock = search.due ? minute : 0;
  // oxlint-disable-next-line react-hooks/exhaustive-deps
  const query = useMemo(() => queryOf(search, new Date()), [search, clock]);
  const list = useInfiniteQuery(casesQuery(query));
  const peek = useQuery(peekQuery(query));
  const counts = useQuery(countsQuery(query));
  const kinds = permittedKinds(useWhoami().permissions);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [whole, setWhole] = useState(false);
  const [choice, setChoice] = useState<Choice | null>(null);
  const [happened, setHappened] = useState<ReadonlySet<string>>(new Set());
  const finder = useRef<HTMLInputElement>(null);
  const { height } = useViewportSize();
  useDocumentTitle(`${t("title")} · Interlock`);

  const read = useMemo(() => list.data?.pages.flatMap((page) => page.cases) ?? [], [list.data]);
  const { rows, fresh, changed } = useMemo(
    () => merged(read, list.isPlaceholderData || peek.isPlaceholderData ? undefined : peek.data?.cases, happened),
    [read, peek.data, peek.isPlaceholderData, list.isPlaceholderData, happened],
  );
  const columns = useMemo(() => columnsOf(t, i18n.language, now), [t, i18n.language, now]);
  const filtered = isFiltered(search);
  const found = counts.data?.found ?? rows.length;

  useChanges(
    TOPICS,
    useCallback(
      (change: Change) => {
        setHappened((before) => new Set([...before, ...change.cases]));
        void client.invalidateQueries({ queryKey: keys.cases.peeks });
      },
      [client],
    ),
  );
  const choose = (part: Partial<CaseSearch>) => {
    // What was typed settles a moment later: whoever has opened a case meanwhile is not called back.
    if (!window.location.pathname.endsWith("/cases")) return;
    setSelected(new Set());
    setWhole(false);
    setHappened(new Set());
    void navigate({ to: "/cases", search: { ...search, ...part }, replace: true });
  };
  const refresh = useCallback(() => {
    setHappened(new Set());
    void client.invalidateQueries({ queryKey: keys.cases.lists });
    void client.invalidateQueries({ queryKey: keys.cases.peeks });
  }, [client]);
  const onEnd = useCallback(() => {
    if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  }, [list]);
  const pages = list.data?.pages.length ?? 0;
  useEffect(() => {
    // A page may be short, and not the last: the filter looks through a bounded number of cases at a time.
    if (rows.length < FULL && pages > 0 && pages < PATIENCE) onEnd();
  }, [rows.length, pages, onEnd]);

  const select = (next: ReadonlySet<string>) => {
    setWhole(false);
    setSelected(next);
    announce(t("selected", { count: next.size }));
  };
  // The server takes no order about more than it counts: then all that is found cannot be selected.
  const number = whole ? found : selected.size;
  const order = () => {
    if (number === 0) return;
    const meant = whole ? rows : rows.filter((row) => selected.has(row.id));
    const task = meant.flatMap((row) => row.waits).find((wait) => wait.kind === "task")?.ref ?? null;
    setChoice({ ids: [...selected], query: whole ? query : null, count: number, task });
  };
  const open = (row: CaseRow) => void navigate({ to: "/cases/$caseId", params: { caseId: row.id } });
  const fetchAll = async () => {
    const all: CaseRow[] = [];
    let cursor: string | null = null;
    do {
      const page: { cases: CaseRow[]; next: string | null } = await take(
        api.GET("/cases", { params: { query: { ...query, limit: 200, ...(cursor ? { cursor } : {}) } } }),
      );
      all.push(...page.cases);
      cursor = page.next;
    } while (cursor !== null && all.length < MOST_EXPORTED);
    return all.map((row) => ({ ...row, changed: false }));
  };
  useKeys({ "/": () => finder.current?.focus(), ".": refresh, b: order });
  useHelp(t("help.cases"), [
    ["j", t("help.down")],
    ["k", t("help.up")],
    ["Enter", t("help.open")],
    ["x", t("help.select")],
    ["b", t("help.order")],
    ["/", t("help.search")],
    [".", t("help.fresh")],
  ]);

  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1}>{t("title")}</Title>
        <SavedViews screen="cases" />
      </Group>
      <FilterBar search={search} counts={counts.data} finder={finder} onChoose={choose} />
      {search.operation && <OperationPanel id={search.operation} onHide={() => choose({ operation: undefined })} onOver={refresh} />}
      {(fresh > 0 || changed > 0) && (
        <div className={classes.bar} role="status">
          <Button size="xs" radius="xl" onClick={refresh} aria-keyshortcuts=".">
            {fresh > 0 ? t("fresh", { count: fresh }) : t("stale", { count: changed })}
          </Button>
        </div>
      )}
      {number > 0 && kinds.length > 0 && (
        <div className={classes.bar}>
          <Text size="sm" fw={600}>
            {t("selected", { count: number })}
          </Text>
          <Button size="xs" onClick={order} aria-keyshortcuts="b">
            {t("order.choose")}
          </Button>
          {!whole && counts.data && !counts.data.more && found > selected.size && (
            <Button size="xs" variant="default" onClick={() => setWhole(true)}>
              {t("selectFound", { count: found })}
            </Button>
          )}
          <Button size="xs" variant="subtle" onClick={() => select(new Set())}>
            {t("selectNone")}
          </Button>
        </div>
      )}
      {list.isPending ? (
        <Loading />
      ) : list.error ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : rows.length === 0 && !list.isFetching ? (
        <section className="surface">
          <Empty
            title={t(filtered ? "nothing" : "empty")}
            action={
              list.hasNextPage ? (
                <Button variant="default" size="xs" onClick={onEnd}>
                  {t("lookFurther")}
                </Button>
              ) : filtered ? (
                <Button variant="default" size="xs" onClick={() => void navigate({ to: "/cases", search: {}, replace: true })}>
                  {t("filter.clear")}
                </Button>
              ) : undefined
            }
          >
            {t(filtered ? "nothingText" : "emptyText")}
          </Empty>
        </section>
      ) : (
        <DataTable
          label={t("table")}
          file="cases"
          columns={columns}
          rows={rows}
          id={(row) => row.id}
          onOpen={open}
          selected={kinds.length > 0 ? selected : undefined}
          onSelect={select}
          onEnd={onEnd}
          all={fetchAll}
          height={Math.max(320, height - ABOVE)}
          tools={
            <Text size="xs" c="dimmed">
              {counts.data && (counts.data.more ? t("found.more", { count: counts.data.found }) : t("found.exact", { count: counts.data.found }))}
            </Text>
          }
        />
      )}
      {choice && (
        <Suspense>
          <OrderDialog
            choice={choice}
            onClose={() => setChoice(null)}
            onBegun={(id) => {
              setChoice(null);
              choose({ operation: id });
            }}
          />
        </Suspense>
      )}
    </Stack>
  );
}

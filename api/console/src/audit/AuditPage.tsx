import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { instant } from "../format/values";
import { useChanges, type Change } from "../live/live";
import { useMay } from "../session/session";
import { useHelp } from "../shell/helpGroups";
import { SavedViews } from "../views/SavedViews";
import { useKeys } from "../shell/shortcuts";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Entries, SaveEntries } from "./Entries";
import { filterOf, type AuditSearch } from "./filter";
import { Filters } from "./Filters";
import { entriesQuery } from "./queries";
import { useCheck } from "./useCheck";
import { Verification } from "./Verification";
import { NOUNS } from "./words";
import classes from "./audit.module.css";
import "./texts";

const DossierDialog = lazy(() => import("./DossierDialog"));
const ENOUGH = 40;
/** Stretches that are looked through by themselves while little is found; then somebody has to ask. */
const AT_ONCE = 5;

export default function AuditPage() {
  return useMay("audit.read") ? <Audit /> : <NoPermission />;
}

function Audit() {
  const { t, i18n } = useTranslation("audit");
  const client = useQueryClient();
  const navigate = useNavigate();
  const search = useSearch({ from: "/shell/audit" });
  const filter = useMemo(() => filterOf(search), [search]);
  const list = useInfiniteQuery(entriesQuery(filter));
  const [asked, setAsked] = useState(0);
  const [dossier, setDossier] = useState(false);
  const [newest, setNewest] = useState(0);
  const { check, begin, stop } = useCheck();
  const finder = useRef<HTMLInputElement>(null);
  useDocumentTitle(`${t("title")} · Interlock`);

  const pages = list.data?.pages;
  const entries = useMemo(() => pages?.flatMap((page) => page.entries) ?? [], [pages]);
  const kinds = useMemo(() => [...new Set(entries.map((entry) => entry.kind))], [entries]);
  const looked = pages?.at(-1);
  useEffect(() => setAsked(0), [filter]);
  const wanted = ENOUGH + asked * ENOUGH;
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const goesOn = hasNextPage && entries.length < wanted && (pages?.length ?? 0) < AT_ONCE * (asked + 1);
  useEffect(() => {
    if (goesOn && !isFetchingNextPage) void fetchNextPage();
  }, [goesOn, isFetchingNextPage, fetchNextPage]);

  const anything = Object.keys(search).length > 0;
  const seen = entries[0]?.seq ?? 0;
  useChanges(
    NOUNS,
    useCallback((change: Change) => setNewest((before) => Math.max(before, change.seq)), []),
  );
  // What a search would find of what is new is not known before it is asked: only the whole trail counts.
  const fresh = anything || seen === 0 ? 0 : Math.max(0, newest - seen);
  const showFresh = () => client.resetQueries({ queryKey: keys.audit.list(filter) });
  const choose = (changed: AuditSearch) =>
    void navigate({ from: "/audit", to: "/audit", search: (before) => ({ ...before, ...changed }), replace: true });
  useKeys({ "/": () => finder.current?.focus(), v: () => void begin(), ".": () => void showFresh() });
  useHelp(t("title"), [
    ["j", t("help.down")],
    ["k", t("help.up")],
    ["Enter", t("help.open")],
    ["/", t("help.search")],
    ["v", t("help.verify")],
    [".", t("help.fresh")],
  ]);

  return (
    <Stack gap="sm" className={classes.page}>
      <Group justify="space-between" align="flex-start">
        <div>
          <Title order={1}>{t("title")}</Title>
          <Text size="sm" c="dimmed">
            {t("intro")}
          </Text>
        </div>
        <Group gap="xs" className="no-print">
          <SavedViews screen="audit" />
          <Button variant="default" onClick={() => window.print()}>
            {t("print")}
          </Button>
          <Button variant="default" onClick={() => setDossier(true)}>
            {t("dossier.button")}
          </Button>
          <Button onClick={() => void begin()} disabled={check !== null && !check.result && !check.error}>
            {t("verify.button")}
          </Button>
        </Group>
      </Group>
      <div role="status">{check && <Verification check={check} onAgain={() => void begin()} onStop={stop} />}</div>
      <Filters filter={filter} kinds={kinds} finder={finder} onChange={choose} />
      <section className={`surface ${classes.list}`} aria-label={t("entries")}>
        <Group className={`${classes.bar} no-print`} justify="space-between">
          {fresh > 0 ? (
            <Button size="xs" radius="xl" onClick={() => void showFresh()}>
              {t("fresh", { count: fresh })}
            </Button>
          ) : (
            <span />
          )}
          <Group gap={6}>
            <Text size="xs" c="dimmed" className="number">
              {t("found", { count: entries.length })}
            </Text>
            <SaveEntries entries={entries} />
          </Group>
        </Group>
        {list.isPending ? (
          <Loading />
        ) : list.error ? (
          <Failure error={list.error} retry={() => void list.refetch()} />
        ) : entries.length === 0 && !goesOn ? (
          <Empty title={t("nothing")}>{t(hasNextPage ? "nothingText" : "nothingAll")}</Empty>
        ) : (
          <Entries entries={entries} onFilter={choose} />
        )}
        {looked && (
          <Group className={classes.foot} justify="center">
            <Text size="sm" c="dimmed" role="status">
              {isFetchingNextPage || goesOn
                ? t("looking")
                : hasNextPage && looked.looked_to_at
                  ? t("looked", { at: instant(looked.looked_to_at, i18n.language), seq: looked.looked_to })
                  : t("lookedAll")}
            </Text>
            {hasNextPage && !goesOn && (
              <Button
                size="xs"
                variant="default"
                className="no-print"
                loading={isFetchingNextPage}
                onClick={() => {
                  setAsked((before) => Math.max(before, Math.ceil(entries.length / ENOUGH)) + 1);
                  void fetchNextPage();
                }}
              >
                {t("lookOn")}
              </Button>
            )}
          </Group>
        )}
      </section>
      {dossier && (
        <Suspense>
          <DossierDialog caseId={filter.case} from={filter.from} to={filter.to} onClose={() => setDossier(false)} />
        </Suspense>
      )}
    </Stack>
  );
}

import { Alert, Button, Group, Menu, SegmentedControl, Stack, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { ago } from "../format/ago";
import { instant } from "../format/values";
import { useChanges } from "../live/live";
import { OperationPanel } from "../operations/OperationPanel";
import { useMay } from "../session/session";
import { ActionMenu } from "../shell/ActionMenu";
import { CaseLink } from "../shell/ScreenLink";
import { useNow } from "../shell/clock";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import { STATUSES, type Status } from "./filter";
import { IncidentPanel } from "./IncidentPanel";
import { MoveDialog } from "./MoveDialog";
import { MOVES, type Move } from "./moves";
import { groupQuery, operationsQuery, optionsQuery, type GroupDetail, type Incident } from "./queries";
import classes from "./incidents.module.css";
import "./texts";

const TOPICS = ["incident", "case", "operation", "resolution"] as const;

export default function GroupPage() {
  const { fingerprint } = useParams({ from: "/shell/incidents/$fingerprint" });
  return useMay("case.read") ? <Loaded key={fingerprint} fingerprint={fingerprint} /> : <NoPermission />;
}

function Loaded({ fingerprint }: { fingerprint: string }) {
  const client = useQueryClient();
  const { status = "open" } = useSearch({ from: "/shell/incidents/$fingerprint" });
  const found = useInfiniteQuery(groupQuery(fingerprint, status));
  useChanges(
    TOPICS,
    useCallback(() => void client.invalidateQueries({ queryKey: keys.incidents.all }), [client]),
  );
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const group = found.data?.pages[0];
  if (!group || !found.data) return <Loading />;
  const last = found.data.pages.at(-1);
  const incidents = found.data.pages.flatMap((page) => page.incidents);
  const titles = Object.assign({}, ...found.data.pages.map((page) => page.titles)) as Record<string, string>;
  return (
    <Cause
      group={last ? { ...group, open: last.open, closed: last.closed } : group}
      incidents={incidents}
      titles={titles}
      status={status}
      onEnd={() => found.hasNextPage && !found.isFetchingNextPage && void found.fetchNextPage()}
    />
  );
}

interface Props {
  group: GroupDetail;
  incidents: Incident[];
  titles: Record<string, string>;
  status: Status;
  onEnd: () => void;
}

/** One cause: what happened, what helps, one order for all of its incidents, and each of them alone. */
function Cause({ group, incidents, titles, status, onEnd }: Props) {
  const { t, i18n } = useTranslation("incidents");
  const navigate = useNavigate();
  const { incident } = useSearch({ from: "/shell/incidents/$fingerprint" });
  const now = useNow(30_000);
  const heading = useRef<HTMLHeadingElement>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const columns = useColumns(titles);
  const operations = useQuery(operationsQuery);
  const [begun, setBegun] = useState<string | null>(null);
  const client = useQueryClient();
  const refresh = (seen: boolean) => seen && void client.invalidateQueries({ queryKey: keys.incidents.all });
  useDocumentTitle(`${group.shape} · Interlock`);
  useEffect(() => heading.current?.focus(), []);

  const openIds = incidents.filter((one) => one.status === "open").map((one) => one.id);
  const chosen = [...selected].filter((id) => openIds.includes(id));
  const last = begun ?? group.operation ?? operations.data?.operations.find((one) => one.fingerprint === group.fingerprint)?.id;
  const search = (changed: { status?: Status; incident?: string }) =>
    void navigate({
      from: "/incidents/$fingerprint",
      to: "/incidents/$fingerprint",
      params: { fingerprint: group.fingerprint },
      search: (before) => ({ ...before, ...changed }),
      replace: true,
    });
  const name = (fix: string) => fix.replaceAll("_", " ");
  const which = (
    <SegmentedControl
      size="xs"
      aria-label={t("which")}
      value={status}
      onChange={(value) => search({ status: value === "open" ? undefined : (value as Status), incident: undefined })}
      data={STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
    />
  );
  const fixes = Object.entries(group.fixes).filter(([fix]) => fix !== "none");
  return (
    <Stack gap="md">
      <div>
        <Link to="/incidents">← {t("title")}</Link>
        <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none" }} mt={4}>
          {group.shape}
        </Title>
        <Group gap="xs" mt={6}>
          <Tone tone={group.open ? "danger" : "good"}>{t("openCount", { count: group.open })}</Tone>
          <Tone>{t("closedCount", { count: group.closed })}</Tone>
          <Text size="sm">{t("casesCount", { count: group.cases })}</Text>
          <Text size="sm" c="dimmed">
            {t("at", { step: group.step, process: `${group.process}@${group.versions.join(", ")}` })}
            {" · "}
            {[group.tool, group.code].filter(Boolean).join(" · ")}
          </Text>
          <Text size="sm" c="dimmed" title={`${instant(group.first_seen, i18n.language)} – ${instant(group.last_seen, i18n.language)}`}>
            {t("seen", { first: ago(group.first_seen, now, i18n.language), last: ago(group.last_seen, now, i18n.language) })}
          </Text>
        </Group>
      </div>
      {last && <OperationPanel id={last} onOver={refresh} />}
      {group.open > 0 && (
        <section className={`surface ${classes.part}`} aria-label={t("act")}>
          <Title order={2} mb={4}>
            {chosen.length > 0 ? t("actSelected", { count: chosen.length }) : t("act")}
          </Title>
          <Text size="sm" mb="sm">
            {t("helps")}: {group.next_step}
          </Text>
          <GroupMoves
            fingerprint={group.fingerprint}
            sample={chosen[0] ?? openIds[0]}
            chosen={chosen}
            count={chosen.length || group.open}
            oneFix={group.same_fix !== null && chosen.length === 0}
            busy={group.operation !== null}
            onBegun={(id) => {
              setBegun(id);
              setSelected(new Set());
            }}
          />
        </section>
      )}
      {fixes.length > 0 && (
        <Alert variant="outline" title={t("proposals")}>
          <Text size="sm">
            {group.same_fix
              ? t("sameFix", { fix: name(group.same_fix) })
              : t("differ", { fixes: fixes.map(([fix, count]) => `${count} × ${name(fix)}`).join(", ") })}
          </Text>
          <Text size="xs" c="dimmed">
            {t("proposalText")}
          </Text>
        </Alert>
      )}
      {incidents.length === 0 ? (
        <section className="surface" aria-label={t("incidents")}>
          <div style={{ padding: "6px 10px" }}>{which}</div>
          <Empty title={t(`noneHere.${status}`)} />
        </section>
      ) : (
        <div className={classes.columns}>
          <DataTable
            label={t("incidents")}
            file={`incidents-${group.fingerprint}`}
            columns={columns}
            rows={incidents}
            id={(one) => one.id}
            onOpen={(one) => search({ incident: one.id })}
            selected={selected}
            onSelect={setSelected}
            onEnd={onEnd}
            total={status === "open" ? group.open : status === "closed" ? group.closed : group.open + group.closed}
            height={560}
            tools={which}
          />
          <div className={classes.stuck}>
            {incident ? (
              <IncidentPanel key={incident} id={incident} titles={titles} />
            ) : (
              <section className={`surface ${classes.part}`}>
                <Text size="sm" c="dimmed">
                  {t("one.pick")}
                </Text>
              </section>
            )}
          </div>
        </div>
      )}
    </Stack>
  );
}

interface MovesProps {
  fingerprint: string;
  /** An open incident of it: what may be done about it may be done about all. */
  sample: string | undefined;
  chosen: string[];
  count: number;
  oneFix: boolean;
  busy: boolean;
  onBegun: (operation: string) => void;
}

function GroupMoves({ fingerprint, sample, chosen, count, oneFix, busy, onBegun }: MovesProps) {
  const { t } = useTranslation("incidents");
  const [asking, setAsking] = useState<Move | null>(null);
  const options = useQuery({ ...optionsQuery(sample ?? ""), enabled: sample !== undefined });
  const allowed = MOVES.filter(
    (move) => options.data?.options.some((one) => one.move === move && one.allowed) && (move !== "apply" || oneFix),
  );
  if (options.isPending) return null;
  const first = allowed.includes("retry") ? "retry" : undefined;
  const others = allowed.filter((move) => move !== first);
  return (
    <Group gap="xs">
      {first && (
        <Button onClick={() => setAsking(first)} disabled={busy}>
          {t(`moveMany.${first}`, { count })}
        </Button>
      )}
      {others.length > 0 && (
        <ActionMenu
          position="bottom-start"
          button={
            <Button variant="default" disabled={busy} rightSection={<span aria-hidden="true">▾</span>}>
              {t("other")}
            </Button>
          }
        >
          {others.map((move) => (
            <Menu.Item key={move} onClick={() => setAsking(move)}>
              {t(`moveMany.${move}`, { count })}
            </Menu.Item>
          ))}
        </ActionMenu>
      )}
      {allowed.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("one.notNow", { why: options.data?.options.find((one) => one.move === "retry")?.why ?? "" })}
        </Text>
      )}
      {asking && options.data && (
        <MoveDialog
          move={asking}
          target={{ kind: "group", fingerprint, incidents: chosen, count }}
          options={options.data}
          onDone={(operation) => {
            setAsking(null);
            if (operation) onBegun(operation);
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </Group>
  );
}

function useColumns(titles: Record<string, string>): Column<Incident>[] {
  const { t, i18n } = useTranslation("incidents");
  const now = useNow(30_000);
  return useMemo(
    () => [
      {
        id: "case",
        header: t("column.case"),
        value: (one) => titles[one.case] || one.case,
        grow: true,
        cell: (one) => <CaseLink id={one.case}>{titles[one.case] || one.case.slice(0, 8)}</CaseLink>,
      },
      {
        id: "created_at",
        header: t("column.stopped"),
        value: (one) => one.created_at,
        width: 150,
        cell: (one) => <span title={instant(one.created_at, i18n.language)}>{ago(one.created_at, now, i18n.language)}</span>,
      },
      {
        id: "status",
        header: t("column.state"),
        value: (one) => one.status,
        width: 110,
        cell: (one) => <Tone tone={one.status === "open" ? "danger" : "good"}>{t(one.status === "open" ? "one.open" : "one.closed")}</Tone>,
      },
    ],
    [t, i18n.language, titles, now],
  );
}

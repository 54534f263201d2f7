import { Group, SegmentedControl, Stack, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { keys } from "../api/keys";
import { ago } from "../format/ago";
import { instant } from "../format/values";
import { useChanges } from "../live/live";
import { useMay } from "../session/session";
import { useNow } from "../shell/clock";
import { Empty, Failure, Loading, NoPermission } from "../states/states";
import { Tone } from "../states/Tone";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import { STATUSES, type Status } from "./filter";
import { groupsQuery, type Group as IncidentGroup } from "./queries";
import classes from "./incidents.module.css";
import "./texts";

const TOPICS = ["incident", "case", "operation"] as const;

export default function IncidentsPage() {
  return useMay("case.read") ? <Groups /> : <NoPermission />;
}

/** What is broken, by its cause: the cause that struck last first. */
function Groups() {
  const { t } = useTranslation("incidents");
  const client = useQueryClient();
  const navigate = useNavigate();
  const { status = "open" } = useSearch({ from: "/shell/incidents" });
  const groups = useQuery(groupsQuery(status));
  const columns = useColumns(status);
  useDocumentTitle(`${t("title")} · Interlock`);
  useChanges(
    TOPICS,
    useCallback(() => void client.invalidateQueries({ queryKey: keys.incidents.groups(status) }), [client, status]),
  );
  const open = (group: IncidentGroup) =>
    void navigate({ to: "/incidents/$fingerprint", params: { fingerprint: group.fingerprint } });
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Title order={1}>{t("title")}</Title>
        <SegmentedControl
          size="xs"
          aria-label={t("which")}
          value={status}
          onChange={(value) => void navigate({ to: "/incidents", search: value === "open" ? {} : { status: value as Status }, replace: true })}
          data={STATUSES.map((value) => ({ value, label: t(`status.${value}`) }))}
        />
      </Group>
      {groups.isPending ? (
        <Loading />
      ) : groups.error ? (
        <Failure error={groups.error} retry={() => void groups.refetch()} />
      ) : groups.data.groups.length === 0 ? (
        <section className="surface">
          <Empty title={t(`nothing.${status}`)}>{t("nothingText")}</Empty>
        </section>
      ) : (
        <DataTable
          label={t("groups")}
          file="incidents"
          columns={columns}
          rows={groups.data.groups}
          id={(group) => group.fingerprint}
          onOpen={open}
        />
      )}
    </Stack>
  );
}

function useColumns(status: Status): Column<IncidentGroup>[] {
  const { t, i18n } = useTranslation("incidents");
  const now = useNow(30_000);
  return useMemo(
    () => [
      {
        id: "cause",
        header: t("column.cause"),
        value: (group) => group.shape,
        grow: true,
        cell: (group) => (
          <Link to="/incidents/$fingerprint" params={{ fingerprint: group.fingerprint }} search={status === "open" ? {} : { status }} tabIndex={-1} className={classes.cause}>
            <span className={classes.line}>{group.shape}</span>
            <span className={classes.code}>{group.code}</span>
          </Link>
        ),
      },
      {
        id: "step",
        header: t("column.step"),
        value: (group) => `${group.process}@${group.versions.join(", ")} ${group.step}`,
        width: 200,
        cell: (group) => (
          <>
            {group.step} <span className={classes.code}>{`${group.process}@${group.versions.join(", ")}`}</span>
          </>
        ),
      },
      {
        id: "open",
        header: t("column.open"),
        value: (group) => group.open,
        numeric: true,
        width: 90,
        cell: (group) => <Tone tone={group.open ? "danger" : "quiet"}>{group.open}</Tone>,
      },
      { id: "closed", header: t("column.closed"), value: (group) => group.closed, numeric: true, width: 90 },
      { id: "cases", header: t("column.cases"), value: (group) => group.cases, numeric: true, width: 80 },
      {
        id: "first_seen",
        header: t("column.first"),
        value: (group) => group.first_seen,
        width: 130,
        cell: (group) => <span title={instant(group.first_seen, i18n.language)}>{ago(group.first_seen, now, i18n.language)}</span>,
      },
      {
        id: "last_seen",
        header: t("column.last"),
        value: (group) => group.last_seen,
        width: 130,
        cell: (group) => <span title={instant(group.last_seen, i18n.language)}>{ago(group.last_seen, now, i18n.language)}</span>,
      },
    ],
    [t, i18n.language, now, status],
  );
}

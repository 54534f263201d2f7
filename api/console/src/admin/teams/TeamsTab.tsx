import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "../../session/session";
import { Empty, Failure, Loading } from "../../states/states";
import type { Column } from "../../table/columns";
import { DataTable } from "../../table/DataTable";
import { useAdminSearch } from "../AdminPage";
import { peopleQuery, teamsQuery, type Team } from "../queries";

const TeamDialog = lazy(() => import("./TeamDialog"));
const NEW = "new:";

/** The teams: whose tasks they take, and how one of them is chosen. */
export default function TeamsTab() {
  const { t } = useTranslation("admin");
  const maySet = useMay("people.manage");
  const [search, choose] = useAdminSearch();
  const teams = useQuery(teamsQuery);
  const people = useQuery(peopleQuery);
  const names = useMemo(() => new Map(people.data?.map((person) => [person.id, person.name])), [people.data]);
  const columns = useMemo(
    (): Column<Team>[] => [
      { id: "name", header: t("teams.name"), value: (row) => row.name, width: 160 },
      { id: "roles", header: t("teams.roles"), value: (row) => row.roles.join(", "), width: 170 },
      { id: "members", header: t("teams.members"), value: (row) => row.members.map((id) => names.get(id) ?? id).join(", "), grow: true },
      { id: "lead", header: t("teams.lead"), value: (row) => (row.lead ? (names.get(row.lead) ?? row.lead) : t("none")), width: 150 },
      {
        id: "strategy",
        header: t("teams.strategy"),
        value: (row) => (row.queue ? t("teams.queue") : t(`strategy.${row.strategy}` as "strategy.least_loaded")),
        width: 190,
      },
    ],
    [t, names],
  );
  if (teams.isPending || people.isPending) return <Loading />;
  if (teams.error) return <Failure error={teams.error} retry={() => void teams.refetch()} />;
  if (people.error) return <Failure error={people.error} retry={() => void people.refetch()} />;
  const add = maySet && (
    <Button size="xs" onClick={() => choose({ open: NEW })}>
      {t("teams.add")}
    </Button>
  );
  const open = teams.data.find((team) => team.name === search.open) ?? (search.open === NEW ? null : undefined);
  return (
    <>
      {teams.data.length === 0 ? (
        <Empty title={t("teams.nothing")} action={add}>
          {t("teams.nothingText")}
        </Empty>
      ) : (
        <DataTable
          label={t("tab.teams")}
          file="teams"
          columns={columns}
          rows={teams.data}
          id={(row) => row.name}
          onOpen={maySet ? (row) => choose({ open: row.name }) : undefined}
          tools={add}
        />
      )}
      <Suspense fallback={null}>
        {open !== undefined && maySet && <TeamDialog team={open} people={people.data} onClose={() => choose({ open: undefined })} />}
      </Suspense>
    </>
  );
}

import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { instant } from "../../format/values";
import { Empty, Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import type { Column } from "../../table/columns";
import { DataTable } from "../../table/DataTable";
import classes from "../admin.module.css";
import { workersQuery } from "../queries";
import { Nothing, Section } from "../systems/Section";

type Worker = Schemas["WorkerView"];
type Lease = Schemas["LeaseView"];

/** Who works: signs of life, cases held, and how long the queue is. Asked for every few seconds. */
export default function WorkersTab() {
  const { t, i18n } = useTranslation("admin");
  const found = useQuery(workersQuery);
  const workers = useMemo(
    (): Column<Worker>[] => [
      { id: "id", header: t("workers.worker"), value: (row) => row.id, cell: (row) => t("workers.number", { id: row.id }), width: 140 },
      {
        id: "alive",
        header: t("workers.standing"),
        value: (row) => t(row.alive ? "workers.alive" : "workers.silent"),
        cell: (row) => <Tone tone={row.alive ? "good" : "danger"}>{t(row.alive ? "workers.alive" : "workers.silent")}</Tone>,
        width: 150,
      },
      { id: "jobs", header: t("workers.jobs"), value: (row) => row.jobs, numeric: true, width: 130 },
      { id: "seen", header: t("workers.seen"), value: (row) => row.seen_at, cell: (row) => clock(row.seen_at, i18n.language), grow: true },
    ],
    [t, i18n.language],
  );
  const leases = useMemo(
    (): Column<Lease>[] => [
      { id: "owner", header: t("workers.process"), value: (row) => row.owner, grow: true },
      { id: "cases", header: t("workers.cases"), value: (row) => row.cases, numeric: true, width: 120 },
      { id: "until", header: t("workers.until"), value: (row) => row.until, cell: (row) => clock(row.until, i18n.language), width: 190 },
    ],
    [t, i18n.language],
  );
  if (found.isPending) return <Loading />;
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const { queue } = found.data;
  const alive = found.data.workers.filter((one) => one.alive).length;
  return (
    <Stack gap="lg">
      <div className={classes.figures} role="group" aria-label={t("workers.queue")}>
        <Figure value={alive} text={t("workers.aliveNow", { count: alive })} danger={alive === 0} />
        <Figure value={queue.doing} text={t("workers.doing")} />
        <Figure value={queue.due} text={t("workers.due")} />
        <Figure value={queue.scheduled} text={t("workers.scheduled")} />
      </div>
      <Section title={t("workers.title")} text={t("workers.text", { at: instant(found.data.at, i18n.language) })}>
        {found.data.workers.length === 0 ? (
          <Empty title={t("workers.nobody")}>{t("workers.nobodyText")}</Empty>
        ) : (
          <DataTable label={t("workers.title")} file="workers" columns={workers} rows={found.data.workers} id={(row) => String(row.id)} height={320} />
        )}
      </Section>
      <Section title={t("workers.leases")} text={t("workers.leasesText")}>
        {found.data.leases.length === 0 ? (
          <Nothing>{t("workers.noLeases")}</Nothing>
        ) : (
          <DataTable label={t("workers.leases")} file="leases" columns={leases} rows={found.data.leases} id={(row) => row.owner} height={320} />
        )}
      </Section>
    </Stack>
  );
}

function Figure({ value, text, danger }: { value: number; text: string; danger?: boolean }) {
  return (
    <div className={`surface ${classes.figure}`}>
      <strong>{value}</strong>
      {danger ? <Tone tone="danger">{text}</Tone> : <span>{text}</span>}
    </div>
  );
}

function clock(at: string, language: string): string {
  return new Intl.DateTimeFormat(language, { timeStyle: "medium" }).format(new Date(at));
}

import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { instant } from "../../format/values";
import { Failure, Loading } from "../../states/states";
import { Tone, type ToneName } from "../../states/Tone";
import type { Column } from "../../table/columns";
import { DataTable } from "../../table/DataTable";
import { connectorsQuery, type Connector } from "../queries";
import { Nothing, Section } from "./Section";

const TONES: Record<string, ToneName> = { ok: "good", degraded: "warning", down: "danger", unchecked: "quiet" };

/** Every configured system as the last check found it, with what is wrong and what to do. */
export function Connectors() {
  const { t, i18n } = useTranslation("admin");
  const connectors = useQuery(connectorsQuery);
  const columns = useMemo(
    (): Column<Connector>[] => [
      { id: "name", header: t("systems.name"), value: (row) => row.name, width: 150 },
      { id: "kind", header: t("systems.kind"), value: (row) => row.kind, width: 130 },
      {
        id: "standing",
        header: t("systems.standing"),
        value: (row) => t(`connector.${row.standing ?? "unchecked"}`),
        cell: (row) => <Tone tone={TONES[row.standing ?? "unchecked"]}>{t(`connector.${row.standing ?? "unchecked"}`)}</Tone>,
        width: 130,
      },
      {
        id: "problem",
        header: t("systems.problem"),
        value: (row) => row.problem,
        cell: (row) => (
          <Text size="sm" lineClamp={2} title={`${row.problem} ${row.remedy}`}>
            {row.problem ? `${row.problem}. ${row.remedy}` : t("none")}
          </Text>
        ),
        grow: true,
      },
      { id: "checked", header: t("systems.checked"), value: (row) => (row.checked_at ? instant(row.checked_at, i18n.language) : t("none")), width: 200 },
    ],
    [t, i18n.language],
  );
  return (
    <Section title={t("systems.connectors")} text={t("systems.connectorsText")}>
      {connectors.isPending && <Loading />}
      {connectors.error && <Failure error={connectors.error} retry={() => void connectors.refetch()} />}
      {connectors.data?.length === 0 && <Nothing>{t("systems.noConnectors")}</Nothing>}
      {connectors.data && connectors.data.length > 0 && (
        <DataTable label={t("systems.connectors")} file="connectors" columns={columns} rows={connectors.data} id={(row) => row.name} height={320} />
      )}
    </Section>
  );
}

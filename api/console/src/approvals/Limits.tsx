import { Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { day, money, words } from "../format/values";
import { Failure, Loading } from "../states/states";
import { matrixQuery } from "./queries";
import classes from "./approvals.module.css";

/** The authority matrix: which role may approve what, up to which amount, where and when. */
export function Limits() {
  const { t, i18n } = useTranslation("approvals");
  const found = useQuery(matrixQuery);
  if (found.isPending) return <Loading />;
  if (found.error && !found.data) return <Failure error={found.error} retry={() => void found.refetch()} />;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("limits.title")}>
      <Title order={2}>{t("limits.title")}</Title>
      <Text size="sm" c="dimmed" mb="sm">
        {t(found.data.rows.length > 0 ? "limits.text" : "limits.none")}
      </Text>
      {found.data.rows.length > 0 && (
        <Table.ScrollContainer minWidth={620}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {(["role", "matter", "entity", "upTo", "from", "until"] as const).map((name) => (
                  <Table.Th key={name} ta={name === "upTo" ? "right" : undefined}>
                    {t(`limits.${name}`)}
                  </Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {found.data.rows.map((row) => (
                <Table.Tr key={`${row.role} ${row.matter} ${row.entity} ${row.currency} ${row.effective_from}`}>
                  <Table.Td>{words(row.role)}</Table.Td>
                  <Table.Td>{words(row.matter)}</Table.Td>
                  <Table.Td>{row.entity === "any" ? t("limits.any") : row.entity}</Table.Td>
                  <Table.Td ta="right" className="number">
                    {money(row.limit_minor, row.currency, i18n.language)}
                  </Table.Td>
                  <Table.Td>{day(row.effective_from, i18n.language)}</Table.Td>
                  <Table.Td>{row.effective_to ? day(row.effective_to, i18n.language) : t("limits.openEnd")}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      )}
    </section>
  );
}

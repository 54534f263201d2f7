import { Code, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { day } from "../format/values";
import type { Column } from "../table/columns";
import { DataTable } from "../table/DataTable";
import type { Contents } from "./queries";
import classes from "./policies.module.css";
import "./texts";

type Parameter = Contents["parameters"][number];
type Table = Contents["tables"][number];

/** What the rules compare with: thresholds, how sure a reading must be, and tables. */
export function Values({ contents }: { contents: Contents }) {
  const { t } = useTranslation("policies");
  const columns: Column<Parameter>[] = [
    { id: "description", header: t("values.parameter"), value: (row) => row.description, grow: true, width: 260 },
    { id: "value", header: t("values.value"), value: (row) => row.value, numeric: true, width: 130 },
    { id: "own", header: t("values.own"), value: (row) => row.own ?? null, numeric: true, width: 130 },
    { id: "name", header: t("values.name"), value: (row) => row.name, cell: (row) => <Code>{row.name}</Code>, width: 220 },
  ];
  return (
    <Stack>
      <DataTable label={t("values.parameters")} file={`${contents.pack}-thresholds`} columns={columns} rows={contents.parameters} id={(row) => row.name} />
      <section className={`surface ${classes.part}`}>
        <Title order={2}>{t("values.thresholds")}</Title>
        {contents.thresholds.length === 0 ? (
          <Text size="sm" c="dimmed">{t("values.none")}</Text>
        ) : (
          <table className="facts">
            <tbody>
              {contents.thresholds.map((one) => (
                <tr key={`${one.field} ${one.at} ${one.least}`}>
                  <th scope="row">
                    {one.field ?? t("values.every")}, {one.at ?? t("values.everywhere")}
                  </th>
                  <td>
                    {t("values.least")} <Code>{one.least}</Code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </section>
      <section className={`surface ${classes.part}`}>
        <Title order={2}>{t("values.tables")}</Title>
        {contents.tables.length === 0 ? (
          <Text size="sm" c="dimmed">{t("values.none")}</Text>
        ) : (
          contents.tables.map((table) => <DecisionTable key={table.name} table={table} />)
        )}
      </section>
    </Stack>
  );
}

function DecisionTable({ table }: { table: Table }) {
  const { t, i18n } = useTranslation("policies");
  const dated = table.rows.some((row) => row.effective_from ?? row.effective_to);
  const shown = (value: string | null) => (value ? day(value, i18n.language) : "…");
  return (
    <>
      <Title order={3} size="sm" mt="sm">
        {table.name}
      </Title>
      <Text size="sm" c="dimmed">
        {table.description}; {t(`values.hit.${table.hit}` as "values.hit.first")}
      </Text>
      <table className={classes.table}>
        <thead>
          <tr>
            {[...table.inputs, ...table.outputs].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
            {dated && <th scope="col">{t("values.period")}</th>}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, number) => (
            // Rows of a table have an order and nothing else.
            <tr key={number}>
              {row.tests.map((test, place) => (
                <td key={table.inputs[place]}>{test}</td>
              ))}
              {row.gives.map((value, place) => (
                <td key={table.outputs[place]}>
                  <strong>{value}</strong>
                </td>
              ))}
              {dated && <td>{row.effective_from || row.effective_to ? `${shown(row.effective_from)} – ${shown(row.effective_to)}` : ""}</td>}
            </tr>
          ))}
          {table.otherwise && (
            <tr>
              <td colSpan={table.inputs.length}>{t("values.otherwise")}</td>
              {table.otherwise.map((value, place) => (
                <td key={table.outputs[place]}>
                  <strong>{value}</strong>
                </td>
              ))}
              {dated && <td />}
            </tr>
          )}
        </tbody>
      </table>
    </>
  );
}

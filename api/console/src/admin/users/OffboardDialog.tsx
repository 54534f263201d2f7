import { Alert, Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { ReasonDialog } from "../Dialogs";
import { peopleQuery, type Account } from "../queries";
import { Dialog } from "../../shell/Dialog";

type Report = Schemas["OffboardedView"];

/** Somebody leaves: before, how much they have open; afterwards, who has it now and what somebody must see to. */
export default function OffboardDialog({ account, onClose }: { account: Account; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const client = useQueryClient();
  const person = useQuery(peopleQuery).data?.find((one) => one.login === account.login);
  const [report, setReport] = useState<Report | null>(null);
  if (report) return <ReportDialog account={account} report={report} onClose={onClose} />;
  const carryOut = async (reason: string) => {
    const params = { path: { person: account.login } };
    setReport(await take(api.POST("/people/{person}/offboard", { params, body: { reason } })));
    await client.invalidateQueries({ queryKey: keys.admin.all });
  };
  return (
    <ReasonDialog
      title={`${t("users.offboard")}: ${account.name}`}
      text={
        <Stack gap="xs">
          <Text size="sm">{t("offboard.text")}</Text>
          {person && <Text size="sm">{t("offboard.open", { count: person.open_tasks })}</Text>}
        </Stack>
      }
      deed={t("users.offboard")}
      danger
      carryOut={carryOut}
      onClose={() => {
        // A report that has come is shown: the dialog closes with it.
      }}
      onCancel={onClose}
    />
  );
}

function ReportDialog({ account, report, onClose }: { account: Account; report: Report; onClose: () => void }) {
  const { t } = useTranslation("admin");
  const { t: common } = useTranslation();
  const todo = [
    ...report.leads.map((team) => t("offboard.leads", { team })),
    ...report.manages.map((login) => t("offboard.manages", { login })),
    ...report.sponsors.map((login) => t("offboard.sponsors", { login })),
    ...report.tasks.with_nobody.map((task) => t("offboard.nobody", { title: task.title })),
  ];
  const revoked = Object.entries(report.revoked).filter(([, count]) => count > 0);
  return (
    <Dialog opened onClose={onClose} title={t("offboard.done", { name: account.name })} size="lg">
      <Stack>
        <Text role="status" size="sm">
          {t("offboard.handed", { count: report.tasks.handed.length })}
        </Text>
        {report.tasks.handed.length > 0 && (
          <List size="sm">
            {report.tasks.handed.map((task) => (
              <List.Item key={task.task}>{task.title}</List.Item>
            ))}
          </List>
        )}
        {revoked.length > 0 && (
          <Text size="sm">{t("offboard.revoked", { what: revoked.map(([what, count]) => `${count} ${t(`revoked.${what}` as "revoked.keys")}`).join(", ") })}</Text>
        )}
        {todo.length > 0 && (
          <Alert color="yellow.9" variant="outline" title={t("offboard.todo")}>
            <List size="sm">
              {todo.map((one) => (
                <List.Item key={one}>{one}</List.Item>
              ))}
            </List>
          </Alert>
        )}
        {todo.length === 0 && <Title order={2}>{t("offboard.clean")}</Title>}
        <Group justify="flex-end">
          <Button onClick={onClose} data-autofocus>
            {common("action.close")}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

import { Button, Group, Progress, Stack, Table, Text, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../api/client";
import { keys } from "../api/keys";
import { Failure, Loading } from "../states/states";
import { Tone, type ToneName } from "../states/Tone";
import { operationQuery } from "./queries";
import classes from "./cases.module.css";

const TONES: Record<string, ToneName> = { running: "quiet", done: "good", stopped: "danger", cancelled: "warning" };

/** How far an order about many cases is, and what was refused. Its address can be sent on. */
export function OperationPanel({ id, onHide, onOver }: { id: string; onHide: () => void; onOver: () => void }) {
  const { t } = useTranslation("cases");
  const client = useQueryClient();
  const shown = useQuery(operationQuery(id));
  const stop = useMutation({
    mutationFn: () =>
      take(api.POST("/operations/{operation_id}/cancel", { params: { path: { operation_id: id } }, body: { reason: t("operation.stopped") } })),
    onSettled: () => client.invalidateQueries({ queryKey: keys.operation(id) }),
  });
  const over = shown.data !== undefined && shown.data.status !== "running";
  useEffect(() => {
    if (over) onOver();
    // Told once for each operation that has ended, whoever listens by then.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [over, id]);
  if (shown.isPending) return <Loading />;
  if (shown.error) return <Failure error={shown.error} retry={() => void shown.refetch()} />;
  const found = shown.data;
  const settled = found.done + found.failed + found.left;
  const failed = found.items.filter((item) => item.status === "failed");
  return (
    <section className={`surface ${classes.part}`} aria-label={t("operation.progress")}>
      <Stack gap="xs">
        <Group justify="space-between">
          <Group gap="sm">
            <Title order={2}>{t("operation.title", { what: t(`order.kind.${found.kind}` as "order.kind.retry"), count: found.total })}</Title>
            <Tone tone={TONES[found.status]}>{t(`operation.status.${found.status}` as "operation.status.done")}</Tone>
          </Group>
          <Group gap="xs">
            {!over && (
              <Button size="xs" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
                {t("operation.stop")}
              </Button>
            )}
            <Button size="xs" variant="subtle" onClick={onHide}>
              {t("operation.hide")}
            </Button>
          </Group>
        </Group>
        <Progress.Root size="md">
          <Progress.Section value={(100 * settled) / Math.max(1, found.total)} aria-label={t("operation.progress")} color="signal.8" />
        </Progress.Root>
        <Text size="sm" role="status">
          {t("operation.counts", { done: found.done, failed: found.failed, left: found.left, open: found.waiting + found.moving })}
        </Text>
        {found.why && <Text size="sm">{found.why}</Text>}
        {stop.error && <Failure error={stop.error} />}
        {failed.length > 0 && (
          <Table.ScrollContainer minWidth={420} mah={260}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("column.title")}</Table.Th>
                  <Table.Th>{t("operation.failed")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {failed.map((item) => (
                  <Table.Tr key={item.place}>
                    <Table.Td>
                      <Link to="/cases/$caseId" params={{ caseId: item.case }}>
                        {item.case.slice(0, 8)}
                      </Link>
                    </Table.Td>
                    <Table.Td>{item.message || item.code}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        )}
      </Stack>
    </section>
  );
}

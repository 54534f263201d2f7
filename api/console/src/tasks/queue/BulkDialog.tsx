import { Alert, Button, Group, SegmentedControl, Stack, Table, Text, Textarea } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { Failure } from "../../states/states";
import { Tone } from "../../states/Tone";
import { Dialog } from "../../shell/Dialog";
import type { BulkChoice } from "./bulk";

/** One decision about many: how many, why, and afterwards what became of each. */
export default function BulkDialog({ choice, onClose }: { choice: BulkChoice; onClose: () => void }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [decision, setDecision] = useState<"approve" | "reject">("approve");
  const [reason, setReason] = useState("");
  // One key for as long as the dialog is open: sent twice, it is decided once.
  const [key] = useState(() => crypto.randomUUID());
  const decided = useMutation({
    mutationFn: () => {
      const filter = choice.filter
        ? { tab: choice.filter.tab as "mine", words: choice.filter.words, overdue: choice.filter.overdue }
        : null;
      return take(
        api.POST("/tasks/bulk", {
          params: { header: { "idempotency-key": key } },
          body: { decision, ids: filter ? [] : choice.ids, filter, reason, digests: {}, confirm: false },
        }),
      );
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.tasks.all }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    decided.mutate();
  };
  const result = decided.data;
  return (
    <Dialog opened onClose={onClose} title={t("bulk.title", { count: choice.count })} size="lg">
      {result ? (
        <Stack>
          <Text role="status" data-autofocus tabIndex={-1}>
            {t("bulk.result", { accepted: result.accepted, refused: result.refused })}
          </Text>
          <Table.ScrollContainer minWidth={420} mah={360}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t("bulk.task")}</Table.Th>
                  <Table.Th>{t("bulk.outcome")}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {result.items.map((item) => (
                  <Table.Tr key={item.task}>
                    <Table.Td>{choice.titles.get(item.task) ?? item.task}</Table.Td>
                    <Table.Td>
                      <Tone tone={item.status === "accepted" ? "good" : "danger"}>{t(`bulk.${item.status}` as "bulk.accepted")}</Tone>
                      {item.detail && <Text size="xs">{item.detail}</Text>}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
          <Group justify="flex-end">
            <Button onClick={onClose}>{t("action.close")}</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack>
            <SegmentedControl
              aria-label={t("bulk.decision")}
              value={decision}
              onChange={(value) => setDecision(value as "approve")}
              data={[
                { value: "approve", label: t("decision.approve") },
                { value: "reject", label: t("decision.reject") },
              ]}
            />
            <Textarea
              label={t("review.reason")}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              required={decision === "reject"}
              maxLength={4000}
              autosize
              minRows={2}
              data-autofocus
            />
            <Alert variant="outline">{t("bulk.note")}</Alert>
            {decided.error && <Failure error={decided.error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={onClose}>
                {t("action.cancel")}
              </Button>
              <Button type="submit" loading={decided.isPending} color={decision === "reject" ? "red.9" : undefined}>
                {t(decision === "reject" ? "bulk.rejectMany" : "bulk.approveMany", { count: choice.count })}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}

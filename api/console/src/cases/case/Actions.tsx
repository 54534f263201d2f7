import { Button, Group, Menu, NativeSelect, Stack, Text, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take } from "../../api/client";
import { keys } from "../../api/keys";
import { words } from "../../format/values";
import { useMay } from "../../session/session";
import { Dialog } from "../../shell/Dialog";
import { ActionMenu } from "../../shell/ActionMenu";
import { announce } from "../../shell/announcer";
import { Failure } from "../../states/states";
import { optionsQuery as taskOptionsQuery } from "../../tasks/review/queries";
import type { CaseDetail, Options } from "./CasePage";

const STEERED = ["retry", "retry_from", "skip", "suspend", "resume", "cancel"] as const;
type Steered = (typeof STEERED)[number];
export type Ask = Steered | "escalate";
const IN_SIGHT: readonly Ask[] = ["retry", "suspend", "resume"];
const REASONLESS: readonly Ask[] = ["retry", "resume"];

interface Props {
  shown: CaseDetail;
  options: Options;
  asking: Ask | null;
  onAsk: (verb: Ask | null) => void;
  onOpenTask?: () => void;
  onPrint: () => void;
}

/** What may be done with the case: the server's own checks decide what is offered. */
export function Actions({ shown, options, asking, onAsk, onOpenTask, onPrint }: Props) {
  const { t } = useTranslation("cases");
  const task = shown.waits.find((wait) => wait.kind === "task")?.ref;
  const seesTasks = useMay("task.read");
  const ofTask = useQuery({ ...taskOptionsQuery(task ?? ""), enabled: task !== undefined && seesTasks });
  const allowed: Ask[] = STEERED.filter((verb) => options.options.some((one) => one.verb === verb && one.allowed));
  if (ofTask.data?.options.some((one) => one.verb === "escalate" && one.allowed)) allowed.push("escalate");
  const others = allowed.filter((verb) => !IN_SIGHT.includes(verb));
  const dossier = options.options.some((one) => one.verb === "dossier" && one.allowed);
  const steps = options.options.find((one) => one.verb === asking)?.steps ?? [];
  return (
    <Group gap="xs" className="no-print">
      {onOpenTask && (
        <Button size="xs" onClick={onOpenTask} aria-keyshortcuts="o">
          {t("inTask")}
        </Button>
      )}
      {IN_SIGHT.filter((verb) => allowed.includes(verb)).map((verb) => (
        <Button key={verb} size="xs" variant={verb === "suspend" || onOpenTask ? "default" : "filled"} onClick={() => onAsk(verb)} aria-keyshortcuts={verb === "retry" ? "r" : "s"}>
          {t(`act.${verb}`)}
        </Button>
      ))}
      {others.length > 0 && (
        <ActionMenu
          position="bottom-start"
          button={
            <Button size="xs" variant="default" rightSection={<span aria-hidden="true">▾</span>}>
              {t("act.more")}
            </Button>
          }
        >
          {others.map((verb) => (
            <Menu.Item key={verb} onClick={() => onAsk(verb)}>
              {t(`act.${verb}`)}
            </Menu.Item>
          ))}
        </ActionMenu>
      )}
      {dossier && (
        <Button component="a" size="xs" variant="default" href={`/audit/export?case=${shown.id}`} download={`dossier-${shown.id}.zip`}>
          {t("act.dossier")}
        </Button>
      )}
      <Button size="xs" variant="subtle" onClick={onPrint}>
        {t("act.print")}
      </Button>
      {allowed.length === 0 && shown.ended_at === null && !ofTask.isLoading && (
        <Text size="xs" c="dimmed">
          {t("act.none")}
        </Text>
      )}
      {asking && allowed.includes(asking) && (
        <AskDialog key={asking} verb={asking} shown={shown} options={options} steps={steps} task={task} onClose={() => onAsk(null)} />
      )}
    </Group>
  );
}

interface AskProps {
  verb: Ask;
  shown: CaseDetail;
  options: Options;
  steps: readonly string[];
  task: string | undefined;
  onClose: () => void;
}

function AskDialog({ verb, shown, options, steps, task, onClose }: AskProps) {
  const { t } = useTranslation("cases");
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  const [step, setStep] = useState(steps.at(-1) ?? "");
  const done = useMutation({
    mutationFn: () => carryOut(verb, { id: shown.id, reason: reason.trim(), step, task, incident: incidentOf(options) }),
    onSuccess: () => {
      announce(t(`did.${verb}`));
      onClose();
    },
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: keys.cases.all }), client.invalidateQueries({ queryKey: keys.tasks.all })]),
  });
  const asksReason = !REASONLESS.includes(verb);
  const asksStep = verb === "retry_from" || verb === "skip";
  const ready = (!asksReason || reason.trim() !== "") && (!asksStep || step !== "") && !done.isPending;
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (ready) done.mutate();
  };
  const pressed = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    submit();
  };
  return (
    <Dialog opened onClose={onClose} title={t(`ask.${verb}.title`)}>
      <form onSubmit={submit} onKeyDown={pressed}>
        <Stack>
          <Text size="sm">{t(`ask.${verb}.text`)}</Text>
          {asksStep && (
            <NativeSelect
              label={t("ask.step")}
              value={step}
              onChange={(event) => setStep(event.currentTarget.value)}
              data={steps.map((name) => ({ value: name, label: words(name) }))}
            />
          )}
          {asksReason && (
            <Textarea
              label={t("ask.reason")}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
              required
              maxLength={4000}
              autosize
              minRows={2}
              data-autofocus
            />
          )}
          {done.error && <Failure error={done.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t("ask.keep")}
            </Button>
            <Button type="submit" loading={done.isPending} disabled={!ready} color={verb === "cancel" ? "red.9" : undefined} data-autofocus={asksReason ? undefined : true}>
              {t(`ask.${verb}.confirm`)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function incidentOf(options: Options): string {
  return options.options.find((one) => one.verb === "retry")?.incident ?? "";
}

interface Given {
  id: string;
  reason: string;
  step: string;
  task: string | undefined;
  incident: string;
}

function carryOut(verb: Ask, { id, reason, step, task, incident }: Given): Promise<unknown> {
  const params = { path: { case_id: id } };
  switch (verb) {
    case "retry":
      return take(api.POST("/incidents/{incident_id}/retry", { params: { path: { incident_id: incident } } }));
    case "retry_from":
      return take(api.POST("/cases/{case_id}/retry", { params, body: { from_step: step, reason } }));
    case "skip":
      return take(api.POST("/cases/{case_id}/skip", { params, body: { step, reason, facts: {} } }));
    case "suspend":
      return take(api.POST("/cases/{case_id}/suspend", { params, body: { reason } }));
    case "resume":
      return take(api.POST("/cases/{case_id}/resume", { params }));
    case "cancel":
      return take(api.POST("/cases/{case_id}/cancel", { params, body: { reason } }));
    case "escalate":
      return take(api.POST("/tasks/{task_id}/escalate", { params: { path: { task_id: task ?? "" } }, body: { reason } }));
  }
}

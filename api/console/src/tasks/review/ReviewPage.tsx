import { Alert, Anchor, Button, Group, Menu, Stack, Tabs, Text, TextInput, Title } from "@mantine/core";
import { useDebouncedValue, useDocumentTitle } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { instant, words } from "../../format/values";
import { concerns, useChanges, type Change } from "../../live/live";
import { useMay, useWhoami } from "../../session/session";
import { ActionMenu } from "../../shell/ActionMenu";
import { announce } from "../../shell/announcer";
import { useKeys } from "../../shell/shortcuts";
import { Failure, Loading, NoPermission, useFailureText } from "../../states/states";
import { Tone } from "../../states/Tone";
import { Deadline } from "../Deadline";
import { UndoBar } from "../undo/UndoBar";
import { undoables } from "../undo/undoable";
import { UndoTray } from "../undo/UndoTray";
import { useHanding, type Handing, type TaskDetail } from "../work";
import { ActionDialog, type ActionGiven } from "./ActionDialog";
import { Conversation } from "./Conversation";
import { DocumentPanel } from "./DocumentPanel";
import { editsOf } from "./draft";
import { Evidence } from "./Evidence";
import { FieldList, fieldId } from "./FieldList";
import { useNeighbours } from "./next";
import { Precedents } from "./Precedents";
import { Proposal } from "./Proposal";
import { documentsQuery, formQuery, optionsQuery, previewQuery, taskQuery } from "./queries";
import { Reasons } from "./Reasons";
import classes from "./review.module.css";

type Verb = Schemas["TaskOptionView"]["verb"];
type Decision = "approve" | "correct" | "reject";
const DECISIONS: readonly Decision[] = ["approve", "correct", "reject"];
const TOPICS = ["task"] as const;
const HANDINGS: readonly Exclude<Handing, "undo">[] = ["release", "delegate", "decline", "reassign", "escalate"];

export default function ReviewPage() {
  const { taskId } = useParams({ from: "/shell/tasks/$taskId" });
  // Another task is another page: nothing that was typed for one may stand in the other.
  return useMay("task.read") ? <Loaded key={taskId} id={taskId} /> : <NoPermission />;
}

function Loaded({ id }: { id: string }) {
  const task = useQuery(taskQuery(id));
  const form = useQuery(formQuery(id));
  const options = useQuery(optionsQuery(id));
  const documents = useQuery(documentsQuery(id));
  const failed = [task, form, options].find((one) => one.error && !one.data);
  if (failed) return <Failure error={failed.error} retry={() => void failed.refetch()} />;
  if (!task.data || !form.data || !options.data || documents.isPending) return <Loading />;
  return (
    <Review
      task={task.data}
      form={form.data}
      options={options.data.options}
      asking={options.isFetching}
      documents={documents.data?.documents ?? []}
    />
  );
}

interface Props {
  task: TaskDetail;
  form: Schemas["TaskForm"];
  options: Schemas["TaskOptionView"][];
  /** Whether the options are being asked for anew. */
  asking: boolean;
  documents: Schemas["DocumentView"][];
}

function Review({ task, form, options, asking: optionsAsked, documents }: Props) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const neighbours = useNeighbours(task.id);
  const [entered, setEntered] = useState<Record<string, string>>({});
  const [proof, setProof] = useState<Record<string, string>>({});
  const [present, setPresent] = useState<string | null>(null);
  const [asking, setAsking] = useState<Verb | null>(null);
  // What was on the screen when somebody began to read it: an answer is about that, whatever has come since.
  const [seen, setSeen] = useState(task.digest);
  const heading = useRef<HTMLHeadingElement>(null);
  const handing = useHanding();
  useDocumentTitle(`${task.title} · Interlock`);
  useEffect(() => heading.current?.focus(), []);

  const who = useWhoami();
  const unanswered = task.status === "open" || task.status === "claimed";
  const option = (verb: Verb) => options.find((one) => one.verb === verb);
  // What was allowed before the answer is asked for anew, and until then may not be offered. Undoing may at once:
  // whoever has answered just now may, while there is a window.
  const own = optionsAsked && task.undo_until !== null && task.decided_by?.id === who.id;
  const may = (verb: Verb) => (verb === "undo" && own) || ((unanswered || verb === "undo") && (option(verb)?.allowed ?? false));
  const fields = useMemo(
    () => form.order.map((name) => form.fields.find((one) => one.name === name)).filter((one) => one !== undefined),
    [form],
  );
  const edits = useMemo(() => editsOf(fields, entered), [fields, entered]);
  const edited = Object.keys(edits).length > 0;
  const withEdits = edited && (task.outlook?.approvable_with_edits ?? false) && may("approve");
  const [settled] = useDebouncedValue(edits, 350);
  const preview = useQuery({
    ...previewQuery(task.id, task.digest, settled),
    enabled: withEdits && settled === edits && unanswered,
  });
  const previewed = withEdits && settled === edits ? preview.data : undefined;
  const missing = (previewed?.form as { evidence_required?: string[] } | undefined)?.evidence_required ?? form.evidence_required;

  useChanges(
    TOPICS,
    useCallback(
      (change: Change) => {
        if (concerns(change, task.case)) void client.invalidateQueries({ queryKey: keys.tasks.one(task.id) });
      },
      [client, task.case, task.id],
    ),
  );

  const answer = useMutation({
    mutationFn: ({ decision, reason }: { decision: Decision; reason: string }) =>
      take(
        api.POST("/tasks/{task_id}/answer", {
          params: { path: { task_id: task.id } },
          body: {
            decision,
            reason,
            set: decision === "reject" ? {} : edits,
            evidence: decision === "approve" ? Object.fromEntries(missing.map((name) => [name, proof[name] ?? ""])) : {},
            digest: decision === "approve" && edited ? (previewed?.digest ?? null) : seen,
            in_place_of: option(decision)?.in_place_of?.id ?? null,
          },
        }),
      ),
    onSuccess: (answered, { decision }) => {
      client.setQueryData(keys.tasks.one(task.id), answered);
      setAsking(null);
      if (answered.undo_until) undoables.add({ task: answered.id, title: answered.title, until: answered.undo_until, by: who.id });
      announce(t(`decision.said.${decision}`));
    },
    onSettled: () => client.invalidateQueries({ queryKey: keys.tasks.all, refetchType: "active" }),
  });

  const pick = (name: string) => {
    setPresent(name);
    requestAnimationFrame(() => document.getElementById(fieldId(name))?.focus());
  };
  const begin = (verb: Verb) => {
    if (!may(verb) || !offered(verb)) return;
    answer.reset();
    handing.reset();
    const empty = verb === "approve" ? missing.find((name) => !proof[name]?.trim()) : undefined;
    if (empty) document.getElementById(proofId(empty))?.focus();
    else if (verb === "claim") handing.mutate({ verb, task: task.id });
    else if (verb === "undo") undo();
    else setAsking(verb);
  };
  const undo = () => {
    const told = () => {
      undoables.drop(task.id);
      notifications.show({ message: t("handed.undo"), color: "green.9" });
    };
    if (!handing.isPending) handing.mutate({ verb: "undo", task: task.id }, { onSuccess: told });
  };
  /** Of what is allowed, what makes sense with what is entered. */
  const offered = (verb: Verb): boolean => {
    if (verb === "approve") return !edited || (withEdits && previewed !== undefined);
    if (verb === "correct") return edited || !task.form.choices || !may("approve");
    return true;
  };
  const confirmed = (verb: Verb, given: ActionGiven) => {
    if (isDecision(verb)) answer.mutate({ decision: verb, reason: given.reason });
    else
      handing.mutate(
        { verb: verb as Handing, task: task.id, reason: given.reason, to: given.person },
        { onSuccess: () => setAsking(null) },
      );
  };
  const outdated = unanswered && seen !== task.digest;
  const over = useCallback(
    () => void client.invalidateQueries({ queryKey: keys.tasks.one(task.id) }),
    [client, task.id],
  );
  useKeys({
    a: () => begin("approve"),
    s: () => begin("correct"),
    r: () => begin("reject"),
    c: () => begin("claim"),
    u: () => begin("undo"),
    e: () => {
      const first = fields[0];
      if (first && unanswered && may("correct")) pick(first.name);
    },
    n: () => void neighbours.next(),
    j: () => neighbours.beside(1),
    k: () => neighbours.beside(-1),
    Escape: neighbours.back,
  });

  return (
    <article>
      <UndoTray except={task.id} letter={!task.undo_until} />
      <Header task={task} heading={heading} />
      <Group gap="xs" mb="md">
        {may("claim") && (
          <Button size="xs" onClick={() => begin("claim")} loading={handing.isPending} aria-keyshortcuts="c">
            {t("hand.claim")}
          </Button>
        )}
        <HandMenu verbs={HANDINGS.filter((verb) => may(verb))} onChoose={begin} />
        <Button size="xs" variant="subtle" onClick={() => void neighbours.next()} aria-keyshortcuts="n">
          {t("review.next")}
        </Button>
      </Group>
      {outdated && (
        <Alert variant="outline" color="orange.9" title={t("review.outdated")} role="alert" mb="md">
          <Group justify="space-between">
            <Text size="sm">{t("review.outdatedText")}</Text>
            <Button
              size="xs"
              onClick={() => {
                setSeen(task.digest);
                setEntered({});
              }}
            >
              {t("review.lookAgain")}
            </Button>
          </Group>
        </Alert>
      )}
      <div className={classes.columns} data-single={documents.length === 0 || undefined}>
        {documents.length > 0 && (
          <div className={classes.stuck}>
            <DocumentPanel task={task.id} documents={documents} fields={fields} present={present} onPick={pick} />
          </div>
        )}
        <Stack gap="md">
          {!unanswered && <Answered task={task} />}
          <Reasons task={task} />
          {fields.length > 0 && (
            <FieldList
              fields={fields}
              entered={entered}
              editable={unanswered && may("correct")}
              present={present}
              onFocus={setPresent}
              onEnter={(name, value) => setEntered((before) => ({ ...before, [name]: value }))}
            />
          )}
          <Proposal task={task} preview={previewed} />
          {unanswered && may("approve") && missing.length > 0 && (
            <section className={`surface ${classes.part}`} aria-label={t("review.proof")}>
              <Title order={2} mb="xs">
                {t("review.proof")}
              </Title>
              <Stack gap="xs">
                {missing.map((name) => (
                  <TextInput
                    key={name}
                    id={proofId(name)}
                    label={words(name)}
                    required
                    value={proof[name] ?? ""}
                    maxLength={4000}
                    onChange={(event) => {
                      const { value } = event.currentTarget;
                      setProof((before) => ({ ...before, [name]: value }));
                    }}
                  />
                ))}
              </Stack>
            </section>
          )}
          <section className={`surface ${classes.part}`} aria-label={t("review.more")}>
            <Tabs defaultValue="precedents" keepMounted={false}>
              <Tabs.List mb="sm">
                <Tabs.Tab value="precedents">{t("precedents.title")}</Tabs.Tab>
                <Tabs.Tab value="talk">{t("talk.title")}</Tabs.Tab>
                <Tabs.Tab value="evidence">{t("review.evidence")}</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="precedents">
                <Precedents task={task.id} />
              </Tabs.Panel>
              <Tabs.Panel value="talk">
                <Conversation task={task.id} mayAsk={may("ask")} onAskWrong={option("ask")?.why} />
              </Tabs.Panel>
              <Tabs.Panel value="evidence">
                <Evidence task={task} />
              </Tabs.Panel>
            </Tabs>
          </section>
        </Stack>
      </div>
      {unanswered ? (
        <DecisionBar
          verbs={DECISIONS.filter((verb) => may(verb) && offered(verb))}
          why={DECISIONS.some(may) ? null : (option("reject")?.why ?? option("approve")?.why ?? null)}
          inPlaceOf={option("approve")?.in_place_of?.name ?? option("reject")?.in_place_of?.name ?? null}
          edited={edited}
          disabled={outdated}
          previewing={withEdits && previewed === undefined && !preview.error}
          previewError={withEdits ? preview.error : null}
          onChoose={begin}
        />
      ) : task.undo_until ? (
        <UndoBar
          tool={typeof task.action?.tool === "string" ? task.action.tool : null}
          from={task.decided_at ?? task.undo_until}
          until={task.undo_until}
          may={may("undo")}
          busy={handing.isPending}
          onUndo={() => begin("undo")}
          onNext={() => void neighbours.next()}
          onOver={over}
        />
      ) : (
        <div className={classes.decide}>
          <Text size="sm" style={{ flex: 1 }}>
            {t("review.answered")}
          </Text>
          <Button onClick={() => void neighbours.next()} aria-keyshortcuts="n">
            {t("review.next")}
          </Button>
        </div>
      )}
      {asking && (
        <ActionDialog
          wanted={{
            title: t(`ask.${asking}.title` as "ask.approve.title"),
            confirm: t(`ask.${asking}.confirm` as "ask.approve.confirm"),
            text: task.outlook?.consequences.find((one) => one.decision === asking)?.text ?? t(`ask.${asking}.text` as "ask.escalate.text"),
            reason: ["reject", "decline", "reassign", "escalate"].includes(asking) ? "required" : "optional",
            person: asking === "delegate" || asking === "reassign" ? { task: task.id } : undefined,
            danger: asking === "reject",
          }}
          error={answer.error ?? handing.error}
          busy={answer.isPending || handing.isPending}
          onConfirm={(given) => confirmed(asking, given)}
          onClose={() => setAsking(null)}
        />
      )}
    </article>
  );
}

const proofId = (name: string) => `proof-${name}`;
const isDecision = (verb: Verb): verb is Decision => DECISIONS.some((one) => one === verb);

function Header({ task, heading }: { task: TaskDetail; heading: React.RefObject<HTMLHeadingElement | null> }) {
  const { t } = useTranslation();
  return (
    <Stack gap={6} mb="sm">
      <Anchor component={Link} to="/tasks" search={true as never} size="sm" underline="always">
        ← {t("queue.title")}
      </Anchor>
      <Group gap="sm" align="baseline">
        <Title order={1} ref={heading} tabIndex={-1} style={{ outline: "none" }}>
          {task.title}
        </Title>
        {task.decided_at ? null : <Deadline at={task.deadline_at} />}
        <Text size="sm" c="dimmed">
          {task.assignee
            ? t(task.status === "claimed" ? "queue.takenBy" : "queue.for", { name: task.assignee.name })
            : t("queue.forRole", { role: task.role })}
        </Text>
      </Group>
      {task.question !== task.title && <Text size="sm">{task.question}</Text>}
    </Stack>
  );
}

function HandMenu({ verbs, onChoose }: { verbs: Exclude<Handing, "undo">[]; onChoose: (verb: Handing) => void }) {
  const { t } = useTranslation();
  if (verbs.length === 0) return null;
  return (
    <ActionMenu
      position="bottom-start"
      button={
        <Button size="xs" variant="default" rightSection={<span aria-hidden="true">▾</span>}>
          {t("hand.on")}
        </Button>
      }
    >
      {verbs.map((verb) => (
        <Menu.Item key={verb} onClick={() => onChoose(verb)}>
          {t(`hand.${verb}`)}
        </Menu.Item>
      ))}
    </ActionMenu>
  );
}

function Answered({ task }: { task: TaskDetail }) {
  const { t, i18n } = useTranslation();
  if (!task.decided_at || !task.decided_by) return <Alert variant="outline">{t("review.withdrawn")}</Alert>;
  const reason = (task.answer as { reason?: string } | null)?.reason;
  return (
    <section className={`surface ${classes.part}`} aria-label={t("review.answer")}>
      <Text size="sm">
        <Tone tone={task.decision === "reject" ? "danger" : "good"} mark={task.decision === "reject" ? "✕" : "✓"}>
          {t(`decision.done.${task.decision}` as "decision.done.approve")}
        </Tone>{" "}
        {task.decided_by.name}, {instant(task.decided_at, i18n.language)}
      </Text>
      {reason && (
        <Text size="sm" fs="italic">
          “{reason}”
        </Text>
      )}
    </section>
  );
}

interface BarProps {
  verbs: Decision[];
  why: string | null;
  inPlaceOf: string | null;
  edited: boolean;
  disabled: boolean;
  previewing: boolean;
  previewError: unknown;
  onChoose: (verb: Decision) => void;
}

const KEYS: Record<Decision, string> = { approve: "a", correct: "s", reject: "r" };

/** What may be answered, and nothing that would be refused; where nothing may be, why that is. */
function DecisionBar({ verbs, why, inPlaceOf, edited, disabled, previewing, previewError, onChoose }: BarProps) {
  const { t } = useTranslation();
  const failure = useFailureText();
  return (
    <div className={classes.decide} role="region" aria-label={t("review.decide")}>
      <Text size="sm" style={{ flex: 1, minInlineSize: 200 }} c="dimmed">
        {why
          ? t("review.mayNot", { why })
          : previewError
            ? failure(previewError).detail
            : previewing
              ? t("review.previewing")
              : edited
                ? t("review.edited")
                : inPlaceOf
                  ? t("review.inPlaceOf", { name: inPlaceOf })
                  : t("review.keysHint")}
      </Text>
      {verbs.map((verb) => (
        <Button
          key={verb}
          disabled={disabled}
          onClick={() => onChoose(verb)}
          variant={verb === "reject" ? "default" : "filled"}
          aria-keyshortcuts={KEYS[verb]}
          className={verb === "reject" ? "danger-button" : undefined}
        >
          {t(verb === "approve" && edited ? "decision.approveEdited" : `decision.${verb}`)}
        </Button>
      ))}
    </div>
  );
}

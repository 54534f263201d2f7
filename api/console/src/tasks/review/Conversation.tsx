import { Button, Divider, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { api, take, type Schemas } from "../../api/client";
import { keys } from "../../api/keys";
import { instant } from "../../format/values";
import { useWhoami } from "../../session/session";
import { announce } from "../../shell/announcer";
import { Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import { PersonField } from "./PersonField";
import { notesQuery, questionsQuery } from "./queries";

/** Notes on the task, and questions to colleagues with their answers. */
export function Conversation({ task, mayAsk, onAskWrong }: { task: string; mayAsk: boolean; onAskWrong?: string | null }) {
  const { t, i18n } = useTranslation();
  const client = useQueryClient();
  const notes = useQuery(notesQuery(task));
  const questions = useQuery(questionsQuery(task));
  const [text, setText] = useState("");
  const note = useMutation({
    mutationFn: () => take(api.POST("/tasks/{task_id}/notes", { params: { path: { task_id: task } }, body: { text } })),
    onSuccess: async () => {
      setText("");
      announce(t("talk.noted"));
      await client.invalidateQueries({ queryKey: keys.tasks.part(task, "notes") });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) note.mutate();
  };
  if (notes.isPending || questions.isPending) return <Loading />;
  if (notes.error) return <Failure error={notes.error} retry={() => void notes.refetch()} />;
  if (questions.error) return <Failure error={questions.error} retry={() => void questions.refetch()} />;
  return (
    <Stack gap="sm">
      {questions.data.questions.map((question) => (
        <QuestionItem key={question.id} question={question} task={task} />
      ))}
      {notes.data.notes.map((one) => (
        <div key={one.id}>
          <Text size="sm" fw={600}>
            {one.author.name}{" "}
            <Text span size="xs" c="dimmed" fw={400}>
              {instant(one.at, i18n.language)}
            </Text>
          </Text>
          <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
            {one.text}
          </Text>
        </div>
      ))}
      {notes.data.notes.length + questions.data.questions.length === 0 && (
        <Text size="sm" c="dimmed">
          {t("talk.nothing")}
        </Text>
      )}
      <Divider />
      <form onSubmit={submit}>
        <Stack gap="xs">
          <Textarea
            label={t("talk.note")}
            description={t("talk.noteHelp")}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            maxLength={4000}
            autosize
            minRows={2}
          />
          {note.error && <Failure error={note.error} />}
          <Group justify="flex-end">
            <Button type="submit" variant="default" size="xs" loading={note.isPending} disabled={!text.trim()}>
              {t("talk.addNote")}
            </Button>
          </Group>
        </Stack>
      </form>
      {mayAsk ? <Ask task={task} /> : onAskWrong ? <Text size="xs" c="dimmed">{onAskWrong}</Text> : null}
    </Stack>
  );
}

function Ask({ task }: { task: string }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [to, setTo] = useState<string | null>(null);
  const [text, setText] = useState("");
  const ask = useMutation({
    mutationFn: () =>
      take(
        api.POST("/tasks/{task_id}/questions", {
          params: { path: { task_id: task } },
          body: { to: to ?? "", text, fields: {}, deadline_at: null },
        }),
      ),
    onSuccess: async () => {
      setText("");
      setTo(null);
      announce(t("talk.askedDone"));
      await client.invalidateQueries({ queryKey: keys.tasks.part(task, "questions") });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    ask.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Title order={3} size="sm">
          {t("talk.ask")}
        </Title>
        <PersonField task={task} purpose="ask" value={to} onChange={setTo} />
        <Textarea
          label={t("talk.question")}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          maxLength={4000}
          required
          autosize
          minRows={2}
        />
        {ask.error && <Failure error={ask.error} />}
        <Group justify="flex-end">
          <Button type="submit" variant="default" size="xs" loading={ask.isPending} disabled={!to || !text.trim()}>
            {t("talk.send")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function QuestionItem({ question, task }: { question: Schemas["QuestionView"]; task: string }) {
  const { t, i18n } = useTranslation();
  const who = useWhoami();
  const client = useQueryClient();
  const [text, setText] = useState("");
  const reply = useMutation({
    mutationFn: () =>
      take(
        api.POST("/questions/{question_id}/answer", {
          params: { path: { question_id: question.id } },
          body: { text, values: {} },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.tasks.part(task, "questions") }),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    reply.mutate();
  };
  const mine = question.open && question.asked_of.id === who.id && Object.keys(question.fields).length === 0;
  return (
    <div>
      <Text size="sm" fw={600}>
        {t("talk.asked", { by: question.asked_by.name, of: question.asked_of.name })}{" "}
        <Text span size="xs" c="dimmed" fw={400}>
          {instant(question.asked_at, i18n.language)}
        </Text>{" "}
        {question.overdue && !question.answered_at && <Tone tone="warning">{t("talk.overdue")}</Tone>}
      </Text>
      <Text size="sm" style={{ whiteSpace: "pre-wrap" }}>
        {question.text ?? t("talk.erased")}
      </Text>
      {question.answered_at && (
        <Text size="sm" pl="md" style={{ whiteSpace: "pre-wrap" }}>
          ↳ {question.answer}
        </Text>
      )}
      {mine && (
        <form onSubmit={submit}>
          <Stack gap="xs" mt="xs">
            <Textarea
              label={t("talk.yourAnswer")}
              value={text}
              onChange={(event) => setText(event.currentTarget.value)}
              maxLength={4000}
              required
              autosize
            />
            {reply.error && <Failure error={reply.error} />}
            <Group justify="flex-end">
              <Button type="submit" size="xs" loading={reply.isPending}>
                {t("talk.answer")}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </div>
  );
}

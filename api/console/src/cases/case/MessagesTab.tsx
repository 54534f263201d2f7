import { Anchor, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../../api/client";
import { instant } from "../../format/values";
import { useMay } from "../../session/session";
import { Failure, Loading } from "../../states/states";
import { Tone } from "../../states/Tone";
import { Value } from "../../states/Value";
import { Conversation } from "../../tasks/review/Conversation";
import { optionsQuery } from "../../tasks/review/queries";
import { messagesQuery } from "../queries";
import classes from "../cases.module.css";

/** The messages that the case waited for, and what people wrote about its tasks. */
export function MessagesTab({ id, tasks }: { id: string; tasks: readonly Schemas["TaskSummary"][] }) {
  const { t, i18n } = useTranslation("cases");
  const found = useQuery(messagesQuery(id));
  const seesTasks = useMay("task.read");
  const [chosen, setChosen] = useState("");
  const task = tasks.find((one) => one.id === chosen) ?? tasks.at(-1);
  if (found.isPending) return <Loading />;
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  return (
    <Stack gap="md">
      <section className={`surface ${classes.part}`} aria-label={t("messages.title")}>
        <Title order={2} mb="xs">
          {t("messages.title")}
        </Title>
        {found.data.messages.length === 0 && <Text size="sm">{t("messages.none")}</Text>}
        {found.data.messages.map((one) => (
          <div key={`${one.step}/${one.visit}`}>
            <Text size="sm" component="div">
              <b>{one.name}</b> <Tone tone={one.status === "matched" ? "good" : one.status === "late" ? "danger" : "quiet"}>{t(`messages.status.${one.status}` as "messages.status.waiting")}</Tone>{" "}
              <Text span size="xs" c="dimmed">
                {t("messages.key")} {one.key} · {t("messages.since")} {instant(one.since, i18n.language)}
                {one.sent_by && ` · ${t("messages.from")} ${one.sent_by.name}`}
                {one.received_at && ` · ${instant(one.received_at, i18n.language)}`}
              </Text>
            </Text>
            {one.payload && <Value value={one.payload} />}
          </div>
        ))}
      </section>
      {seesTasks && (
        <section className={`surface ${classes.part}`} aria-label={t("messages.tasks")}>
          {task === undefined ? (
            <Text size="sm">{t("messages.noTasks")}</Text>
          ) : (
            <Stack gap="sm">
              <NativeSelect
                label={t("messages.tasks")}
                value={task.id}
                onChange={(event) => setChosen(event.currentTarget.value)}
                data={tasks.map((one) => ({ value: one.id, label: `${one.title} · ${instant(one.created_at, i18n.language)}` }))}
              />
              <Anchor component={Link} to="/tasks/$taskId" params={{ taskId: task.id } as never} size="sm" underline="always">
                {t("inTask")}
              </Anchor>
              <Notes key={task.id} task={task.id} />
            </Stack>
          )}
        </section>
      )}
    </Stack>
  );
}

function Notes({ task }: { task: string }) {
  const options = useQuery(optionsQuery(task));
  const ask = options.data?.options.find((one) => one.verb === "ask");
  return <Conversation task={task} mayAsk={ask?.allowed ?? false} onAskWrong={ask?.why} />;
}

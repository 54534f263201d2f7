import { Group, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Schemas } from "../api/client";
import { Deadline } from "../tasks/Deadline";
import classes from "./home.module.css";

export function Tasks({ tasks }: { tasks: Schemas["HomeTasks"] }) {
  const { t } = useTranslation("home");
  return (
    <section className={`surface ${classes.part}`} aria-label={t("tasks.title")}>
      <Title order={2} mb={4}>
        {t("tasks.title")}
      </Title>
      {tasks.due.length === 0 && <Text size="sm">{t("tasks.none")}</Text>}
      <ul className={classes.rows}>
        {tasks.due.map((task) => (
          <li key={task.id} className={classes.row}>
            <Link to="/tasks/$taskId" params={{ taskId: task.id }} title={task.question}>
              {task.title}
            </Link>
            <span className={classes.meta}>
              <Deadline at={task.deadline_at} />
            </span>
          </li>
        ))}
      </ul>
      <Group gap="md" mt={6}>
        {tasks.counts.mine > 0 && (
          <Link to="/tasks">
            {t("tasks.all", { count: tasks.counts.mine })}
          </Link>
        )}
        {tasks.counts.unassigned > 0 && (
          <Link to="/tasks" search={{ tab: "unassigned" }}>
            {t("tasks.unassigned", { count: tasks.counts.unassigned })}
          </Link>
        )}
        {tasks.answered_today > 0 && (
          <Link to="/tasks" search={{ tab: "done" }}>
            {t("tasks.answered", { count: tasks.answered_today })}
          </Link>
        )}
      </Group>
    </section>
  );
}

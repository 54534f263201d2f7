import { Checkbox } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Tone } from "../../states/Tone";
import { Deadline } from "../Deadline";
import type { QueueRow } from "./rows";
import classes from "./queue.module.css";

interface Props {
  row: QueueRow;
  place: number;
  total: number;
  selected: boolean;
  selectable: boolean;
  mine: string;
  onSelect: (id: string) => void;
  onFocus: (place: number) => void;
}

export function QueueRowView({ row, place, total, selected, selectable, mine, onSelect, onFocus }: Props) {
  const { t } = useTranslation();
  const { task, gone } = row;
  return (
    <div
      role="listitem"
      aria-posinset={place + 1}
      aria-setsize={total}
      className={classes.row}
      data-gone={gone || undefined}
      data-selected={selected || undefined}
    >
      {selectable && (
        <Checkbox
          aria-label={t("queue.select", { title: task.title })}
          checked={selected}
          disabled={gone}
          onChange={() => onSelect(task.id)}
          size="sm"
        />
      )}
      <Link
        to="/tasks/$taskId"
        params={{ taskId: task.id }}
        search={true}
        className={classes.open}
        data-place={place}
        onFocus={() => onFocus(place)}
      >
        <span className={classes.title} title={task.title}>
          {task.title}
        </span>
        <span className={classes.question} title={task.question}>
          {task.question}
        </span>
      </Link>
      <div className={classes.meta}>
        {gone ? (
          <Tone mark="—">{t("queue.gone")}</Tone>
        ) : task.decision ? (
          <Tone tone={task.decision === "reject" ? "danger" : "good"} mark={task.decision === "reject" ? "✕" : "✓"}>
            {t(`decision.done.${task.decision}` as "decision.done.approve")}
          </Tone>
        ) : (
          <>
            <span className={classes.who}>
              {task.assignee
                ? task.assignee.id === mine
                  ? t(task.status === "claimed" ? "queue.takenByYou" : "queue.forYou")
                  : t(task.status === "claimed" ? "queue.takenBy" : "queue.for", { name: task.assignee.name })
                : t("queue.forRole", { role: task.role })}
            </span>
            <Deadline at={task.deadline_at} />
          </>
        )}
      </div>
    </div>
  );
}

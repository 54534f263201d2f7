import type { Schemas } from "../../api/client";

export type TaskSummary = Schemas["TaskSummary"];

export interface QueueRow {
  task: TaskSummary;
  /** It left the tab since the list was read: somebody else took or answered it. It stays where it is, greyed. */
  gone: boolean;
}

export interface MergedQueue {
  rows: QueueRow[];
  /** Ids of what came in since: behind the pill, so that nothing moves under the hand. */
  fresh: string[];
}

const behind = (one: TaskSummary, other: TaskSummary): boolean =>
  one.deadline_at > other.deadline_at || (one.deadline_at === other.deadline_at && one.id > other.id);

/**
 * The rows as they were read, with what is known of them now. `peek` is the first page as it is now, and `whole` says
 * that it is all there is: what should stand on it and does not has left.
 */
export function merged(read: readonly TaskSummary[], peek: readonly TaskSummary[] | undefined, whole: boolean): MergedQueue {
  if (peek === undefined) return { rows: read.map((task) => ({ task, gone: false })), fresh: [] };
  const now = new Map(peek.map((task) => [task.id, task]));
  const known = new Set(read.map((task) => task.id));
  const last = peek.at(-1);
  const rows = read.map((task) => {
    const present = now.get(task.id);
    const gone = present === undefined && (whole || (last !== undefined && !behind(task, last)));
    return { task: present ?? task, gone };
  });
  return { rows, fresh: peek.filter((task) => !known.has(task.id)).map((task) => task.id) };
}

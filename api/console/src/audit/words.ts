import { words } from "../format/values";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Nouns that entries are about, for whoever does not know what to look for. */
export const NOUNS = [
  "account", "action", "agent", "answer", "authority", "calendar", "case", "deadline", "delegation", "dossier", "effect",
  "evaluation", "incident", "limit", "message", "notice", "operation", "pack", "quality", "read", "recall", "retention",
  "role", "step", "switch", "task",
] as const;

interface Kinds {
  noun: Readonly<Record<string, string>>;
  verb: Readonly<Record<string, string>>;
}

/** A kind in words: `task.answered` is "Task answered"; one that is not known is read as it is written. */
export function kindInWords(kind: string, { noun, verb }: Kinds): string {
  const [about = "", ...done] = kind.split(".");
  const [thing, happened] = [noun[about], verb[done.join("_")]];
  return thing && happened ? `${thing} ${happened}` : words(kind);
}

/** The task that an entry's values name, if any. */
export function taskIn(values: Record<string, unknown>): string | null {
  const found = [values.task, (values.answer as Record<string, unknown> | null | undefined)?.task];
  const task = found.find((one) => typeof one === "string" && UUID.test(one));
  return typeof task === "string" ? task : null;
}

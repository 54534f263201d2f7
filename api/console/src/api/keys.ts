import type { QueueFilter } from "../tasks/queue/filter";

/**
 * The keys of everything that is asked of the server, by feature. What happens to tasks puts `keys.tasks.all` out of
 * date, and with it everything below; a feature adds a branch of its own here.
 */
export const keys = {
  session: ["session"] as const,
  tasks: {
    all: ["tasks"] as const,
    lists: ["tasks", "list"] as const,
    list: (filter: QueueFilter) => ["tasks", "list", filter] as const,
    peek: (filter: QueueFilter) => ["tasks", "peek", filter] as const,
    one: (id: string) => ["tasks", "one", id] as const,
    part: (id: string, part: string) => ["tasks", "one", id, part] as const,
    people: (id: string, purpose: string, words: string) => ["tasks", "one", id, "people", purpose, words] as const,
  },
  documents: {
    pages: (task: string, sha256: string) => ["documents", task, sha256] as const,
  },
  questions: ["questions"] as const,
  chat: {
    conversations: ["chat", "conversations"] as const,
    conversation: (id: string) => ["chat", "conversation", id] as const,
    completions: (text: string, language: string, open: string | undefined) => ["chat", "completions", text, language, open] as const,
  },
};

import type { AuditFilter } from "../audit/filter";
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
  audit: {
    all: ["audit"] as const,
    list: (filter: AuditFilter) => ["audit", "list", filter] as const,
    key: ["audit", "key"] as const,
  },
  policies: {
    all: ["policies"] as const,
    packs: ["policies", "packs"] as const,
    pack: (digest: string) => ["policies", "pack", digest] as const,
    contents: (digest: string) => ["policies", "contents", digest] as const,
    proposals: ["policies", "proposals"] as const,
    proposal: (id: string) => ["policies", "proposals", id] as const,
    options: (id: string, who: string) => ["policies", "proposals", id, "options", who] as const,
    limits: ["policies", "limits"] as const,
    suggestions: ["policies", "suggestions"] as const,
    suggestion: (id: string) => ["policies", "suggestions", id] as const,
    cases: ["policies", "cases"] as const,
  },
  evals: {
    all: ["evals"] as const,
    list: (suite: string) => ["evals", "list", suite] as const,
    one: (id: string) => ["evals", "one", id] as const,
  },
};

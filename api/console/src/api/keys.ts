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
  home: ["home"] as const,
  incidents: {
    all: ["incidents"] as const,
    groups: (status: string) => ["incidents", "groups", status] as const,
    group: (fingerprint: string, status: string) => ["incidents", "group", fingerprint, status] as const,
    one: (id: string) => ["incidents", "one", id] as const,
    options: (id: string) => ["incidents", "one", id, "options"] as const,
    tried: (id: string, caseId: string) => ["incidents", "one", id, "tried", caseId] as const,
    operations: ["incidents", "operations"] as const,
    operation: (id: string) => ["incidents", "operations", id] as const,
    failures: (id: string) => ["incidents", "operations", id, "failures"] as const,
  },
  sla: {
    all: ["sla"] as const,
    clocks: (which: string, until: string) => ["sla", "clocks", which, until] as const,
    escalations: ["sla", "escalations"] as const,
    score: ["sla", "score"] as const,
    about: (id: string) => ["sla", "about", id] as const,
    forecast: (id: string) => ["sla", "about", id, "forecast"] as const,
  },
  approvals: {
    all: ["approvals"] as const,
    list: (whose: string) => ["approvals", "list", whose] as const,
    matrix: ["approvals", "matrix"] as const,
    delegations: ["approvals", "delegations"] as const,
    receivers: (words: string) => ["approvals", "receivers", words] as const,
    me: (id: string) => ["approvals", "me", id] as const,
  },
};

import type { CaseQuery } from "../cases/filter";
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
  provider: ["provider"] as const,
  admin: {
    all: ["admin"] as const,
    accounts: ["admin", "accounts"] as const,
    services: ["admin", "services"] as const,
    sessions: (login: string) => ["admin", "accounts", login, "sessions"] as const,
    roles: ["admin", "roles"] as const,
    people: ["admin", "people"] as const,
    teams: ["admin", "teams"] as const,
    calendars: ["admin", "calendars"] as const,
    connectors: ["admin", "connectors"] as const,
    targets: ["admin", "targets"] as const,
    switches: ["admin", "switches"] as const,
    workers: ["admin", "workers"] as const,
    apiKeys: (revoked: boolean) => ["admin", "api-keys", revoked] as const,
  },
  cases: {
    all: ["cases"] as const,
    lists: ["cases", "list"] as const,
    list: (query: CaseQuery) => ["cases", "list", query] as const,
    peeks: ["cases", "peek"] as const,
    peek: (query: CaseQuery) => ["cases", "peek", query] as const,
    counts: (query: CaseQuery) => ["cases", "peek", "counts", query] as const,
    one: (id: string) => ["cases", "one", id] as const,
    part: (id: string, part: string) => ["cases", "one", id, part] as const,
  },
  operations: {
    one: (id: string) => ["operations", id] as const,
    failures: (id: string, count: number) => ["operations", id, "failures", count] as const,
  },
  processes: ["processes"] as const,
  graph: (reference: string) => ["processes", reference, "graph"] as const,
  views: (screen: string) => ["views", screen] as const,
  analytics: {
    all: ["analytics"] as const,
    processes: ["analytics", "processes"] as const,
    figures: (process: string, days: number, version: number | undefined) => ["analytics", "figures", process, days, version] as const,
    map: (reference: string, days: number) => ["analytics", "map", reference, days] as const,
  },
  chat: {
    conversations: ["chat", "conversations"] as const,
    conversation: (id: string) => ["chat", "conversation", id] as const,
    completions: (text: string, language: string, open: string | undefined) => ["chat", "completions", text, language, open] as const,
  },
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
  home: ["home"] as const,
  incidents: {
    all: ["incidents"] as const,
    groups: (status: string) => ["incidents", "groups", status] as const,
    group: (fingerprint: string, status: string) => ["incidents", "group", fingerprint, status] as const,
    one: (id: string) => ["incidents", "one", id] as const,
    options: (id: string) => ["incidents", "one", id, "options"] as const,
    tried: (id: string, caseId: string) => ["incidents", "one", id, "tried", caseId] as const,
    operations: ["incidents", "operations"] as const,
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

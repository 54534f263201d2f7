/** The screens, who may see them, and how they are reached: a new one adds a line here and a route. */
const PLACES = [
  { to: "/", title: "place.home", mark: "⌂", key: "h", permission: ["task.read", "case.read"] },
  { to: "/tasks", title: "place.tasks", mark: "☑", key: "q", permission: "task.read" },
  { to: "/approvals", title: "place.approvals", mark: "✓", key: "a", permission: "task.read" },
  { to: "/cases", title: "place.cases", mark: "▤", key: "c", permission: "case.read" },
  { to: "/incidents", title: "place.incidents", mark: "▲", key: "i", permission: "case.read" },
  { to: "/sla", title: "place.sla", mark: "◷", key: "d", permission: "task.read" },
  { to: "/map", title: "place.map", mark: "◈", key: "m", permission: "analytics.read" },
  { to: "/analytics", title: "place.analytics", mark: "▥", key: "y", permission: "analytics.read" },
  { to: "/policies", title: "place.policies", mark: "§", key: "p", permission: "case.read" },
  { to: "/audit", title: "place.audit", mark: "☰", key: "u", permission: "audit.read" },
  { to: "/evals", title: "place.evals", mark: "◎", key: "v", permission: "evaluation.read" },
  { to: "/admin", title: "place.admin", mark: "⚙", key: "n", permission: "people.read" },
  { to: "/chat", title: "place.chat", mark: "❯", key: "j", permission: "case.read" },
] as const;

/** `key` is the second letter of its shortcut, behind `g`; of several permissions, any will do. */
export type Place = (typeof PLACES)[number];

/** Those that somebody's permissions allow: what the server would refuse is not shown. */
export function permittedPlaces(permissions: readonly string[]): Place[] {
  return PLACES.filter((place) => [place.permission].flat().some((one) => permissions.includes(one)));
}

import { addTexts } from "../i18n";

const en = {
  title: "Home",
  hello: "What needs you",
  tasks: {
    title: "My tasks due soonest",
    none: "Nothing waits for you",
    all_one: "{{count}} task of mine",
    all_other: "All {{count}} tasks of mine",
    unassigned_one: "{{count}} task has nobody",
    unassigned_other: "{{count}} tasks have nobody",
    answered_one: "{{count}} answered today",
    answered_other: "{{count}} answered today",
  },
  deadlines: {
    title: "At risk and breached",
    none: "Nothing is late or at risk",
    all: "All deadlines",
    breached_one: "{{count}} breached",
    breached_other: "{{count}} breached",
    at_risk_one: "{{count}} at risk",
    at_risk_other: "{{count}} at risk",
    due_one: "{{count}} due within a day",
    due_other: "{{count}} due within a day",
  },
  escalations: {
    title: "Escalations told to you",
    told: "{{rung}}, {{when}}",
    all: "All escalations",
  },
  incidents: {
    title: "Incidents by cause",
    none: "Nothing is broken",
    open_one: "{{count}} open",
    open_other: "{{count}} open",
    all: "All incidents",
  },
  today: {
    title: "Today",
    none: "No case has started or ended today",
    process: "Process",
    started: "Started",
    done: "Done",
    rejected: "Rejected",
    cancelled: "Cancelled",
  },
  news: {
    title: "Since your last visit",
    first: "This is your first visit with this browser. Next time it says here what has happened since.",
    none: "Nothing has happened since {{when}}.",
    since: "Since {{when}}:",
    seen: "I have seen it",
    kind: {
      case_started_one: "{{count}} case started",
      case_started_other: "{{count}} cases started",
      case_ended_one: "{{count}} case ended",
      case_ended_other: "{{count}} cases ended",
      case_cancelled_one: "{{count}} case was cancelled",
      case_cancelled_other: "{{count}} cases were cancelled",
      incident_opened_one: "{{count}} incident happened",
      incident_opened_other: "{{count}} incidents happened",
      incident_retried_one: "{{count}} incident was tried again",
      incident_retried_other: "{{count}} incidents were tried again",
      incident_closed_one: "{{count}} incident was closed",
      incident_closed_other: "{{count}} incidents were closed",
      task_answered_one: "{{count}} task was answered",
      task_answered_other: "{{count}} tasks were answered",
      task_overdue_one: "{{count}} task became overdue",
      task_overdue_other: "{{count}} tasks became overdue",
      task_escalated_one: "{{count}} task was escalated",
      task_escalated_other: "{{count}} tasks were escalated",
      deadline_breached_one: "{{count}} deadline was breached",
      deadline_breached_other: "{{count}} deadlines were breached",
      deadline_at_risk_one: "{{count}} deadline came at risk",
      deadline_at_risk_other: "{{count}} deadlines came at risk",
      escalation_reached_one: "{{count}} escalation was told",
      escalation_reached_other: "{{count}} escalations were told",
      effect_confirmed_one: "{{count}} effect was confirmed",
      effect_confirmed_other: "{{count}} effects were confirmed",
      operation_started_one: "{{count}} order about a group was given",
      operation_started_other: "{{count}} orders about groups were given",
      pack_activated_one: "{{count}} rule pack was activated",
      pack_activated_other: "{{count}} rule packs were activated",
    },
    rest_one: "and {{count}} entry more in the trail",
    rest_other: "and {{count}} entries more in the trail",
  },
};

declare module "../i18n" {
  interface Resources {
    home: typeof en;
  }
}
addTexts("home", en, { de: async () => (await import("./texts.de")).de });
export type Texts = typeof en;
